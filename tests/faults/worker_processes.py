"""Workers in processes of their own, for tests that stop, kill and freeze them."""

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.engine import URL

from tests.jobs.steps import read_job
from tests.processes import CommandProcess
from tests.waiting import wait_until
from webapp.db.keys import RowKey

#: Nothing here waits for a lease to end: it is ended by the test.
SETTINGS = {"WORK_POLL_S": 0.02, "WORK_LEASE_S": 600.0, "WORK_GRACE_S": 60.0}
StartWorker = Callable[..., CommandProcess]


class WorkerProcesses:
    """The processes of a test, on its database."""

    def __init__(self, database: URL, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._processes: list[CommandProcess] = []

    def start(
        self,
        *arguments: str,
        command: str = "tests.jobs.worker_process:cli",
        url: URL | None = None,
        kill_at: str = "",
        clock_shift_s: float = 0,
        **settings: object,
    ) -> CommandProcess:
        """Start ``flask work``: ``start("--threads", "2", kill_at="done")``.

        command: another one, and then ``arguments`` are all of it.
        url: of the database; by default that of the test.
        kill_at: see tests/jobs/worker_process.py.
        settings: of its application.
        """
        is_worker = command.endswith(":cli")
        process = CommandProcess(
            self._folder / f"output-{len(self._processes)}",
            *(("work", "--region=us-east1") if is_worker else ()),
            *arguments,
            command=command,
            DATABASE_URL=(url or self._database).render_as_string(hide_password=False),
            MOVR_TEST_SETTINGS=json.dumps({**SETTINGS, **settings}),
            MOVR_TEST_INSTANCE=os.environ["MOVR_TEST_INSTANCE"],
            MOVR_TEST_FOLDER=str(self._folder),
            MOVR_TEST_KILL_AT=kill_at,
            MOVR_TEST_CLOCK_SHIFT_S=str(clock_shift_s),
        )
        self._processes.append(process)
        return process

    def kill(self) -> None:
        """End all that still run."""
        for process in self._processes:
            process.kill()


def send_signal(process: CommandProcess, number: int) -> None:
    assert process.pid
    os.kill(process.pid, number)


def read_effects(folder: Path) -> Counter[str]:
    """Return how often each job had its effect."""
    path = folder / "effects"
    lines = path.read_text().splitlines() if path.exists() else []
    return Counter(line.split()[0] for line in lines)


def wait_until_done(*job_keys: RowKey) -> None:
    wait_until(lambda: all(read_job(key).done_at for key in job_keys), lambda: _describe(job_keys))


def _describe(job_keys: tuple[RowKey, ...]) -> list[tuple[object, ...]]:
    jobs = [read_job(key) for key in job_keys]
    return [(job.attempts, job.worker, job.last_error, job.failed_at) for job in jobs]


def wait_until_started(folder: Path, job_key: RowKey, attempt: int = 1) -> None:
    wait_until((folder / f"started-{job_key.id}-{attempt}").exists)
