"""``flask serve`` in a copy of the checkout, with a PostgreSQL of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import config
from tests.ports import find_free_port
from tests.processes import CommandProcess
from tests.waiting import WAIT_TIMEOUT_S, wait_until
from webapp.ops.local_postgres import LocalPostgres

PARTS = (
    "webapp", "migrations", "config.py", "gunicorn.conf.py", "gunicorn_worker.py", "main.py",
    "manage.py",
)  # fmt: skip


class Checkout:
    """A copy of the checkout, and the server that runs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = find_free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> "subprocess.Popen[bytes]":
        variables = {name: value for name, value in os.environ.items() if name != "MOVR_ENV"}
        with open(self.folder / "output", "wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(self.port)],
                cwd=self.folder,
                env={**variables, "PYTHONDONTWRITEBYTECODE": "1", **environment},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return self.process

    def output(self) -> str:
        return (self.folder / "output").read_text()

    def wait_until_open(self) -> str:
        """Wait until it is open, and return the line that says so."""
        process = self.process
        assert process
        wait_until(lambda: "open at" in self.output() or process.poll() is not None, self.output)
        assert process.poll() is None, self.output()
        return self.output()

    def wait_for_exit(self) -> int:
        """Wait for the end and return the exit code."""
        assert self.process
        return self.process.wait(WAIT_TIMEOUT_S)

    def running_programs(self) -> list[str]:
        """Return the command lines of all that still runs for this checkout."""
        lines = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
        marks = (str(self.folder), f":{self.port} ")
        return [line for line in lines.splitlines() if any(mark in line for mark in marks)]

    def get(self) -> tuple[int, bytes]:
        """Fetch the first page; return status and body."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}", timeout=WAIT_TIMEOUT_S
            ) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()


@contextmanager
def copied_checkout() -> Iterator[Checkout]:
    folder = Path(tempfile.mkdtemp(prefix="movr test "))
    folder.chmod(0o755)
    for part in PARTS:
        source = config.ROOT / part
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / part)
    yield Checkout(folder)
    LocalPostgres(folder / "instance").stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def shared_checkout() -> Iterator[Checkout]:
    """Each start but the first finds the database and the demo's data that the first has made."""
    with copied_checkout() as checkout:
        yield checkout


@pytest.fixture
def checkout(shared_checkout: Checkout) -> Iterator[Checkout]:
    """A checkout in which nothing runs."""
    shared_checkout.port = find_free_port()
    yield shared_checkout
    process = shared_checkout.process
    if process and process.poll() is None:
        process.terminate()
        shared_checkout.wait_for_exit()


def test_the_server_starts_serves_stops_and_keeps_its_data(checkout: Checkout) -> None:
    process = checkout.start()
    first = checkout.wait_until_open()
    address = f"http://127.0.0.1:{checkout.port}"
    assert first.startswith(f"MovR is open at {address} — sign in as rider, owner, ")
    assert len(first.splitlines()) == 1
    status, page = checkout.get()
    assert status == 200
    assert b"New York" in page
    os.killpg(process.pid, signal.SIGINT)
    assert checkout.wait_for_exit() == 0
    assert checkout.output().startswith(first)
    assert "result=done" not in checkout.output(), "lines of jobs hide how to sign in"
    assert checkout.running_programs() == []

    process = checkout.start()
    second = checkout.wait_until_open()
    assert second == first  # the same password: the same accounts
    process.send_signal(signal.SIGTERM)
    assert checkout.wait_for_exit() == 0
    assert checkout.output() == first
    assert checkout.running_programs() == []


def test_after_a_kill_the_next_start_uses_and_stops_the_running_database(
    checkout: Checkout,
) -> None:
    process = checkout.start()
    checkout.wait_until_open()
    process.kill()
    checkout.wait_for_exit()
    checkout.port = find_free_port()
    process = checkout.start()
    checkout.wait_until_open()
    process.terminate()
    assert checkout.wait_for_exit() == 0
    assert checkout.running_programs() == []


def test_a_stopped_database_is_answered_with_503_and_restarted(checkout: Checkout) -> None:
    process = checkout.start()
    checkout.wait_until_open()
    assert checkout.get()[0] == 200  # the server has its connections now
    postmaster = int((checkout.folder / "instance/postgres/postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGINT)
    statuses: list[int] = []

    def has_recovered() -> bool:
        statuses.append(checkout.get()[0])
        return 503 in statuses and statuses[-1] == 200

    wait_until(has_recovered, lambda: (statuses[-5:], checkout.output()))
    assert set(statuses) == {200, 503}
    assert "starting it again" in checkout.output()
    process.terminate()
    assert checkout.wait_for_exit() == 0
    assert checkout.running_programs() == []


def test_a_worker_that_was_killed_is_started_again(checkout: Checkout) -> None:
    process = checkout.start()
    checkout.wait_until_open()

    def find_workers() -> list[int]:
        command = ["ps", "--ppid", str(process.pid), "-o", "pid=,stat=,args="]
        lines = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
        return [int(line.split()[0]) for line in lines if line.endswith(" work")]

    (worker,) = find_workers()
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: find_workers() not in ([], [worker]))
    assert "The worker has ended; starting it again." in checkout.output()


def test_a_port_in_use_prints_one_line_and_starts_nothing() -> None:
    with copied_checkout() as checkout, socket.socket() as other:
        other.bind(("127.0.0.1", checkout.port))
        other.listen()
        checkout.start()
        assert checkout.wait_for_exit() == 1
        assert checkout.output() == (
            f"Error: Port {checkout.port} is taken;"
            f" choose another with PORT={checkout.port + 1} ./init.sh\n"
        )
        assert not (checkout.folder / "instance" / "postgres").exists()


def error_of_serve(tmp_path: Path, database_url: str, **environment: str) -> str:
    """Run ``serve`` on a database that does not answer; return the one line that it writes."""
    process = CommandProcess(
        tmp_path / "output",
        "serve",
        f"--port={find_free_port()}",
        DATABASE_URL=database_url,
        INSTANCE_PATH=str(tmp_path),
        **environment,
    )
    assert process.wait() == 1
    (line,) = process.output.splitlines()
    return line


def test_a_database_that_refuses_connections_prints_one_line(tmp_path: Path) -> None:
    line = error_of_serve(tmp_path, f"postgresql://movr@127.0.0.1:{find_free_port()}/movr")
    assert line.startswith("Error: The database does not answer: ")


def test_a_database_that_does_not_answer_prints_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://movr@127.0.0.1:{silent.getsockname()[1]}/movr"
        line = error_of_serve(tmp_path, url, DATABASE_ANSWER_TIMEOUT_MS="200")
    assert "no answer from the database" in line
