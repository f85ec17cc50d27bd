"""The Dockerfile makes an image with what production needs and nothing else."""

import fnmatch
import importlib.util
import json
import re

import config
from tests.deployment.files import (
    instructions,
    read,
    sources,
)


def test_the_files_that_the_image_copies_exist_and_are_not_ignored() -> None:
    ignored = [line for line in read(".dockerignore").splitlines() if line and line[0] != "#"]
    assert ignored[0] == "*"
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    assert let_in == set(sources())
    assert all((config.ROOT / source).exists() for source in sources())
    assert not [
        s for s in sources() for p in (".env", "tests*", "instance*") if fnmatch.fnmatch(s, p)
    ]


def test_the_image_contains_only_what_production_needs() -> None:
    text_ = read("Dockerfile")
    assert "\nARG REQUIREMENTS=requirements.txt\n" in text_
    assert set(re.findall(r"requirements-(\w+)", text_)) == {"monitoring", "celery"}
    assert "--require-hashes" in text_
    assert "--only-binary :all:" in text_
    assert not re.search(r"apt-get|gcc|build-essential|curl", text_)
    assert "MOVR_ENV=production" in text_
    assert "PYTHONDONTWRITEBYTECODE=1" in text_


def test_the_image_contains_the_static_files_so_that_no_container_builds_them() -> None:
    steps = instructions()
    build = steps.index(("RUN", "python -m webapp.web.assets"))
    assert steps.index(("COPY", "webapp webapp")) < build < steps.index(("USER", "movr"))
    assert importlib.util.find_spec("webapp.web.assets.__main__")


def test_the_image_runs_gunicorn_as_an_unprivileged_user() -> None:
    steps = dict(instructions())
    assert steps["USER"] == "movr"
    assert steps["STOPSIGNAL"] == "SIGTERM"
    command = json.loads(steps["CMD"])
    assert command[0] == "gunicorn"
    module, _, name = command[-1].partition(":")
    assert f"{module}.py" in sources()
    assert importlib.util.find_spec(module)
    assert re.search(rf"^{name} = create_app\(\)$", read(f"{module}.py"), re.M)
    port = command[command.index("--bind") + 1].split(":")[1]
    assert steps["EXPOSE"] == port
    assert f":{port} " in read("deploy/Caddyfile")
