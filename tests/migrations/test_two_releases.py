"""An older and a newer release side by side on one database: real code, in processes of its own.

The older release is that of the last tag; before there is one, that of the commit from which on
releases read what the schema says about them. The newer one is this code with one more revision.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL

from config import ROOT

COMPATIBILITY_MODULE = "webapp/db/compatibility.py"
CHECK = """
import config, webapp
app = webapp.create_app(config.Test)
client = app.test_client()
webapp.web.health.CHECK_TIMEOUT_S = webapp.web.health.PATIENCE_S = 60  # the older name
ready = client.get("/health/ready")
print("ready", ready.status_code, ready.get_json().get("reason"))
print("pages", *(client.get(path).status_code for path in ("/", "/vehicles", "/register")))
"""
REVISION = '''"""A change of the newer release."""

from alembic import op

revision = "{revision}"
down_revision = "{down}"
{more}


def upgrade() -> None:
    op.execute("{statement}")
'''


def git(*arguments: str) -> bytes:
    result = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True)
    if result.returncode:
        pytest.skip(f"git {arguments[0]} finds no older release here: {result.stderr.decode()}")
    return result.stdout


def find_older_commit() -> str:
    if shutil.which("git") is None:
        pytest.skip("needs git, and the history of this checkout")
    first_commit = find_first_compatible_commit()
    tags = git("tag", "--list", "--sort=-creatordate", "--contains", first_commit).decode().split()
    return tags[0] if tags else first_commit


def find_first_compatible_commit() -> str:
    added = (
        git("log", "--diff-filter=A", "--format=%H", "--", COMPATIBILITY_MODULE).decode().split()
    )
    if not added:
        pytest.skip(f"the history here does not have the commit that adds {COMPATIBILITY_MODULE}")
    return added[-1]


@pytest.fixture
def url(server: URL, worker_id: str) -> Iterator[URL]:
    """An empty database of our own."""
    if server.get_backend_name() == "cockroachdb":
        pytest.skip("DROP DATABASE ... WITH (FORCE) is PostgreSQL's")
    name = f"movr_test_releases_{worker_id}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield server.set(database=name)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


#: Imports a release once, and answers each line of stdin, the arguments of a Python, with the exit
#: code of a fork that runs them. What the fork writes goes to the file ``output``.
SERVE_COMMANDS = """
import json, os, runpy, sys
import flask_migrate, alembic.command
import config, webapp
for line in sys.stdin:
    if not (process := os.fork()):
        output = os.open("output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        first, *rest = json.loads(line)
        if first == "-c":
            exec(rest[0], {"webapp": webapp})
        else:
            sys.argv = [first, *rest]
            runpy.run_path(first, run_name="__main__")
        sys.exit()
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
"""


class Release:
    """The code of a release in a folder of its own. Its commands are forked from one process, which
    has imported it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[str] | None = None

    def start(self, url: URL) -> None:
        environment = {"PATH": os.environ["PATH"], "MOVR_ENV": "test", "REGION": "us-east1"}
        environment["DATABASE_URL"] = url.render_as_string(hide_password=False)
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE_COMMANDS],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def stop(self) -> None:
        if self._process:
            self._process.communicate()  # closes its stdin

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run Python in the folder; return its status and output."""
        assert self._process
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        status = self._process.stdout.readline()
        return int(status), (self.folder / "output").read_text()

    def upgrade(self) -> tuple[int, str]:
        return self.run("manage.py", "db", "upgrade")


@pytest.fixture
def older_release(tmp_path: Path, url: URL) -> Iterator[Release]:
    folder = tmp_path / "older"
    with tarfile.open(fileobj=BytesIO(git("archive", find_older_commit()))) as archive:
        archive.extractall(folder, filter="data")
    release = Release(folder)
    release.start(url)
    yield release
    release.stop()


@pytest.fixture
def newer_release(tmp_path: Path, url: URL) -> Iterator[Release]:
    folder = tmp_path / "newer"
    folder.mkdir()
    for name in ("webapp", "migrations"):
        shutil.copytree(ROOT / name, folder / name)  # with its compiled modules
    for name in ("config.py", "manage.py"):
        shutil.copy(ROOT / name, folder / name)
    release = Release(folder)
    release.start(url)
    yield release
    release.stop()


def add_revision(release: Release, number: int, statement: str, more: str = "") -> None:
    migrations = release.folder / "migrations"
    head = (migrations / ".current-alembic-head").read_text().partition("_")[0]
    revision = f"{number:04}"
    content = REVISION.format(revision=revision, down=head, more=more, statement=statement)
    (migrations / f"versions/{revision}_change.py").write_text(content)
    (migrations / ".current-alembic-head").write_text(f"{revision}_change.py\n")


@pytest.mark.slow
def test_an_older_release_works_on_an_expanded_schema_and_not_on_a_contracted_one(
    older_release: Release, newer_release: Release
) -> None:
    status, output = older_release.upgrade()
    assert status == 0, output
    add_revision(newer_release, 9001, "ALTER TABLE rides ADD COLUMN new_note TEXT")
    status, output = newer_release.upgrade()
    assert status == 0, output
    for release in (newer_release, older_release):
        status, output = release.run("-c", CHECK)
        assert status == 0, output
        assert "ready 200 None" in output, output
        assert "pages 200 200 200" in output, output
    status, output = older_release.upgrade()
    assert status == 0, output
    assert "this one works on its schema: nothing to do." in output
    status, output = older_release.run("manage.py", "db", "downgrade")
    assert status != 0
    assert "at revision 9001, which this release does not know" in output

    drop = "ALTER TABLE rides DROP COLUMN new_note"
    add_revision(newer_release, 9002, drop, 'oldest_compatible = "9001"')
    status, output = newer_release.upgrade()
    assert status == 0, output
    assert "ready 200 None" in newer_release.run("-c", CHECK)[1]
    assert "ready 503 migrations" in older_release.run("-c", CHECK)[1]
    status, output = older_release.upgrade()
    assert status != 0
    assert "at revision 9002, which this release does not know" in output
