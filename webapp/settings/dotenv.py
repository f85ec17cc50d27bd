"""The file ``.env``: reading it where Flask does not, and its names that are no settings."""

import re
from difflib import get_close_matches
from pathlib import Path

import click
from flask.cli import ScriptInfo, load_dotenv
from flask.helpers import get_load_dotenv

from config import ROOT
from webapp.settings.readers import list_settings

#: Names that stand in ``.env`` for others: docker-compose.yml, init.sh, gunicorn, Python and tools.
NAMES_OF_OTHERS = re.compile(
    r"MOVR_\w+|\w+_VERSION|(FLASK|COMPOSE|DOCKER|GUNICORN|PYTHON|OTEL|PIP|UV|COCKROACH)_\w+|PYTHON"
    r"|WEB_CONCURRENCY|PROMETHEUS_MULTIPROC_DIR|MALLOC_ARENA_MAX|SSL_CERT_\w+|TZ"
)
_NAME = re.compile(r"^\s*(?:export\s+)?(\w+)\s*=", re.MULTILINE)


def read_dotenv() -> None:
    """Set the variables of ``.env`` that the environment has not, in a process that ``flask`` has
    not started: it does so itself. gunicorn.conf.py does it for servers."""
    if get_load_dotenv():
        load_dotenv(ROOT / ".env", load_defaults=False)


def describe_unknown_names() -> list[str]:
    """Return a sentence for each name in the ``.env`` of a command that is no setting; [] in
    other processes, such as servers: the commands before them have said it."""
    context = click.get_current_context(silent=True)
    if not (context and context.find_object(ScriptInfo) and get_load_dotenv()):
        return []
    folder = Path.cwd()
    for path in (each / ".env" for each in (folder, *folder.parents)):
        if path.is_file():
            return [f"{path}: {each}" for each in _describe(path.read_text())]
    return []


def _describe(text: str) -> list[str]:
    settings = list_settings()
    unknown = [
        name
        for name in dict.fromkeys(_NAME.findall(text))
        if name not in settings and not NAMES_OF_OTHERS.fullmatch(name)
    ]
    return [_describe_name(name, get_close_matches(name, settings, 1)) for name in unknown]


def _describe_name(name: str, alike: list[str]) -> str:
    hint = f" Do you mean {alike[0]}?" if alike else ""
    return f"{name} is no setting of MovR, and changes nothing.{hint}"
