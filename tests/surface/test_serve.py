"""``flask serve`` in a copy of the checkout, with a PostgreSQL of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import config
from webapp.ops.local_postgres import LocalPostgres

PARTS = ("webapp", "migrations", "config.py", "gunicorn.conf.py", "main.py", "manage.py")


class Place:
    """A copy of the checkout, and what runs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.output = folder / "output"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> "Place":
        kept = {name: value for name, value in os.environ.items() if name != "MOVR_ENV"}
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(self.port)],
                cwd=self.folder,
                env={**kept, "PYTHONDONTWRITEBYTECODE": "1", **environment},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return self

    def said(self) -> str:
        return self.output.read_text()

    def invitation(self) -> str:
        """Wait until it is open and return the line that says so."""
        assert self.process
        deadline = time.monotonic() + 60
        while "open at" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)
        return self.said()

    def ended(self) -> int:
        """Wait for the end and return the exit code."""
        assert self.process
        return self.process.wait(60)

    def leftovers(self) -> list[str]:
        """Return the command lines of what still runs for this place."""
        lines = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
        marks = (str(self.folder), f":{self.port} ")
        return [line for line in lines.splitlines() if any(mark in line for mark in marks)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def place() -> Iterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="movr test "))
    folder.chmod(0o755)
    for part in PARTS:
        source = config.ROOT / part
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / part)
    place = Place(folder)
    yield place
    if place.process and place.process.poll() is None:
        place.process.terminate()
        place.ended()
    LocalPostgres(folder / "instance").stop()
    shutil.rmtree(folder)


def test_it_starts_invites_serves_and_ends_and_keeps_its_data(place: Place) -> None:
    first = place.start().invitation()
    address = f"http://127.0.0.1:{place.port}"
    assert first.startswith(f"MovR is open at {address} — sign in as rider, owner, fleet or admin")
    assert len(first.splitlines()) == 1
    with urllib.request.urlopen(address, timeout=10) as answer:
        assert answer.status == 200
        assert b"New York" in answer.read()
    os.killpg(place.process.pid, signal.SIGINT)  # type: ignore[union-attr]
    assert place.ended() == 0
    assert place.said() == first
    assert place.leftovers() == []

    second = place.start().invitation()
    assert second == first  # the same password: the same accounts
    place.process.send_signal(signal.SIGTERM)  # type: ignore[union-attr]
    assert place.ended() == 0
    assert place.said() == first
    assert place.leftovers() == []


def test_after_a_kill_the_next_start_uses_and_stops_what_still_runs(place: Place) -> None:
    place.start().invitation()
    place.process.kill()  # type: ignore[union-attr]
    place.ended()
    place.port = free_port()
    place.start().invitation()
    place.process.terminate()  # type: ignore[union-attr]
    assert place.ended() == 0
    assert place.leftovers() == []


def test_a_database_that_ends_is_a_503_and_comes_back_by_itself(place: Place) -> None:
    place.start().invitation()
    address = f"http://127.0.0.1:{place.port}"
    urllib.request.urlopen(address, timeout=10).close()  # the server has its connections now
    postmaster = int((place.folder / "instance/postgres/postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGINT)
    told: list[int] = []
    deadline = time.monotonic() + 60
    while not told or told[-1] != 200 or 503 not in told:
        assert time.monotonic() < deadline, (told[-5:], place.said(), place.leftovers())
        time.sleep(0.2)
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                told.append(answer.status)
        except urllib.error.HTTPError as error:
            told.append(error.code)
    assert set(told) == {200, 503}
    assert "starting it again" in place.said()
    place.process.terminate()  # type: ignore[union-attr]
    assert place.ended() == 0
    assert place.leftovers() == []


def test_a_taken_port_is_one_line_and_nothing_is_started(place: Place) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", place.port))
        other.listen()
        assert place.start().ended() == 1
    assert place.said() == (
        f"Error: Port {place.port} is taken; choose another with PORT={place.port + 1} ./init.sh\n"
    )
    assert not (place.folder / "instance" / "postgres").exists()


def test_a_database_that_refuses_is_one_line(place: Place) -> None:
    url = f"postgresql://movr@127.0.0.1:{free_port()}/movr"
    assert place.start(DATABASE_URL=url).ended() == 1
    assert place.said().startswith("Error: The database does not answer: ")
    assert len(place.said().splitlines()) == 1


def test_a_database_that_says_nothing_is_one_line(place: Place) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"postgresql://movr@127.0.0.1:{silent.getsockname()[1]}/movr"
        began = time.monotonic()
        assert place.start(DATABASE_URL=url).ended() == 1
    assert time.monotonic() - began < 10
    assert "no answer from the database" in place.said()
    assert len(place.said().splitlines()) == 1
