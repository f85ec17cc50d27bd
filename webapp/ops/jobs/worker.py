"""The worker: claims due jobs of its regions and runs them in threads."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import groupby

from flask import Flask

from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.hooks import get_hooks
from webapp.jobs.kinds import Priority, RunningJob
from webapp.jobs.queue import requeue_statement
from webapp.observability.logs import with_fields
from webapp.ops.jobs.loop import ClaimLoop
from webapp.ops.jobs.running import JobOutcome, renew_leases, run_job

log = logging.getLogger(__name__)

#: What the last free thread of several claims: long jobs that nobody waits for leave it to mails.
HIGHER_PRIORITIES = (Priority.URGENT, Priority.NORMAL)


class Worker(ClaimLoop):
    """Claims as many jobs as it has free threads, until it is told to stop. Those that are running
    then have WORK_GRACE_S to finish, and are requeued after it."""

    def __init__(self, app: Flask, list_regions: Callable[[], list[str]], threads: int) -> None:
        super().__init__(app, list_regions)
        self.threads = threads
        self.outcomes: Counter[JobOutcome] = Counter()
        #: The jobs that run, with the time of ``time.monotonic`` by which they must have ended.
        self._running: dict[tuple[RowKey, str], tuple[RunningJob, float]] = {}
        self._lock = threading.Lock()
        self._renewed_at = time.monotonic()

    def find_capacity(self) -> tuple[int, Iterable[Priority]]:
        """Return how many jobs to claim, and of which priorities. Of several threads, the last that
        is free claims none of the lowest."""
        free = self._count_free_threads()
        if self.threads == 1 or free == 0:
            return free, Priority
        return (free - 1, Priority) if free > 1 else (1, HIGHER_PRIORITIES)

    def pause_s(self, are_left: bool) -> float:
        if are_left and self._count_free_threads():
            return 0
        poll_s: float = self.app.config["WORK_POLL_S"]
        return poll_s

    def is_idle(self) -> bool:
        return not self._running

    def _count_free_threads(self) -> int:
        with self._lock:
            return self.threads - len(self._running)

    def process(self, jobs: list[RunningJob]) -> None:
        for job in jobs:
            longest_s = get_hooks(self.app).job_kinds[job.kind].kind.max_run_s
            with self._lock:
                self._running[job.key, job.lease] = job, time.monotonic() + longest_s
            # A daemon: a job that hangs must not keep the process after the grace period.
            threading.Thread(target=self._run, args=(job,), name="job", daemon=True).start()

    def _run(self, job: RunningJob) -> None:
        try:
            with self.surviving_errors():
                outcome = run_job(self.app, job)
                with self._lock:
                    self.outcomes[outcome] += 1
        finally:
            with self._lock:
                self._running.pop((job.key, job.lease), None)
            self.wake_up()

    def maintain_jobs(self) -> None:
        self._drop_hanging_jobs()
        self._renew_leases()

    def _drop_hanging_jobs(self) -> None:
        """Give up the threads of jobs that run for too long: others take their place, and the jobs
        come back when their leases end."""
        with self._lock:
            late = [job for job, ends_at in self._running.values() if ends_at < time.monotonic()]
            for job in late:
                del self._running[job.key, job.lease]
        for job in late:
            fields = with_fields(job=job.kind, job_id=str(job.key.id), attempt=job.attempt)
            log.error("a job hangs: its thread is given up", extra=fields)

    def _renew_leases(self) -> None:
        if time.monotonic() - self._renewed_at < self.app.config["WORK_LEASE_S"] / 3:
            return
        self._renewed_at = time.monotonic()
        for region, jobs in self._list_running():
            with self.surviving_errors():
                renew_leases(region, jobs)

    def _list_running(self) -> list[tuple[str, list[RunningJob]]]:
        """Return the jobs that are running, by region."""
        with self._lock:
            jobs = sorted((job for job, _ in self._running.values()), key=lambda job: job.key)
        return [(region, list(group)) for region, group in groupby(jobs, lambda j: j.key.region)]

    def finish(self) -> None:
        """Wait for running jobs, and requeue those that take too long."""
        until = time.monotonic() + self.app.config["WORK_GRACE_S"]
        while self._running and (left_s := until - time.monotonic()) > 0:
            self.maintain_jobs()
            self.wait(min(1.0, left_s))
        for region, jobs in self._list_running():
            with self.surviving_errors():
                statement = requeue_statement(region, jobs)
                execute_write(statement, idempotent=True, read_committed=True)

    def summary(self) -> str:
        return ", ".join(f"{self.outcomes[each]} {each}" for each in JobOutcome)
