"""An older and a newer release side by side on one database: real code, in processes of its own.

The older release is that of the last tag; before there is one, that of the commit from which on
releases read what the schema says about them. The newer one is this code with one more revision.
"""

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
from tests.waiting import WAIT_TIMEOUT_S

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


@pytest.fixture(scope="module")
def older_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("older")
    with tarfile.open(fileobj=BytesIO(git("archive", find_older_commit()))) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture
def newer_release(tmp_path: Path) -> Path:
    folder = tmp_path / "newer"
    folder.mkdir()
    for name in ("webapp", "migrations"):
        shutil.copytree(ROOT / name, folder / name)  # with its compiled modules
    for name in ("config.py", "manage.py"):
        shutil.copy(ROOT / name, folder / name)
    return folder


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


def run(release: Path, url: URL, *arguments: str) -> tuple[int, str]:
    """Run Python in the folder of a release; return its status and output."""
    environment = {"PATH": os.environ["PATH"], "MOVR_ENV": "test", "REGION": "us-east1"}
    environment["DATABASE_URL"] = url.render_as_string(hide_password=False)
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=release,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=WAIT_TIMEOUT_S * 5,
    )
    return result.returncode, result.stdout


def upgrade(release: Path, url: URL) -> tuple[int, str]:
    return run(release, url, "manage.py", "db", "upgrade")


def add_revision(release: Path, number: int, statement: str, more: str = "") -> None:
    head = (release / "migrations/.current-alembic-head").read_text().partition("_")[0]
    revision = f"{number:04}"
    content = REVISION.format(revision=revision, down=head, more=more, statement=statement)
    (release / f"migrations/versions/{revision}_change.py").write_text(content)
    (release / "migrations/.current-alembic-head").write_text(f"{revision}_change.py\n")


@pytest.mark.slow
def test_an_older_release_works_on_an_expanded_schema_and_not_on_a_contracted_one(
    older_release: Path, newer_release: Path, url: URL
) -> None:
    status, output = upgrade(older_release, url)
    assert status == 0, output
    add_revision(newer_release, 9001, "ALTER TABLE rides ADD COLUMN new_note TEXT")
    status, output = upgrade(newer_release, url)
    assert status == 0, output
    for release in (newer_release, older_release):
        status, output = run(release, url, "-c", CHECK)
        assert status == 0, output
        assert "ready 200 None" in output, output
        assert "pages 200 200 200" in output, output
    status, output = upgrade(older_release, url)
    assert status == 0, output
    assert "this one works on its schema: nothing to do." in output
    status, output = run(older_release, url, "manage.py", "db", "downgrade")
    assert status != 0
    assert "at revision 9001, which this release does not know" in output

    drop = "ALTER TABLE rides DROP COLUMN new_note"
    add_revision(newer_release, 9002, drop, 'oldest_compatible = "9001"')
    status, output = upgrade(newer_release, url)
    assert status == 0, output
    assert "ready 200 None" in run(newer_release, url, "-c", CHECK)[1]
    assert "ready 503 migrations" in run(older_release, url, "-c", CHECK)[1]
    status, output = upgrade(older_release, url)
    assert status != 0
    assert "at revision 9002, which this release does not know" in output
