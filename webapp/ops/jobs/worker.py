"""The worker: takes due jobs of its regions and runs them in threads."""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from itertools import groupby
from queue import Empty, SimpleQueue

from flask import Flask

from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.hooks import get_hooks
from webapp.jobs.kinds import Priority, RunningJob
from webapp.jobs.queue import release_statement, renew_statement
from webapp.observability.logs import with_fields
from webapp.ops.jobs.running import (
    JobOutcome,
    claim_jobs,
    make_worker_name,
    run_job,
    surviving_errors,
)
from webapp.ops.jobs.scheduler import Scheduler

log = logging.getLogger(__name__)

#: What the last free thread of several takes: long jobs that nobody waits for leave it to mails.
HIGHER_PRIORITIES = (Priority.URGENT, Priority.NORMAL)


class Worker:
    """Takes as many jobs as it has free threads, until it is told to stop."""

    def __init__(self, app: Flask, list_regions: Callable[[], list[str]], threads: int) -> None:
        """list_regions: returns the regions whose jobs it runs; asked each time, as regions may be
        added."""
        self.app = app
        self.list_regions = list_regions
        self.threads = threads
        self.name = make_worker_name()
        self._scheduler = Scheduler(list_regions)
        self.outcomes: Counter[JobOutcome] = Counter()
        #: The jobs that run, with the time of ``time.monotonic`` by which they must have ended.
        self._running: dict[tuple[RowKey, str], tuple[RunningJob, float]] = {}
        self._lock = threading.Lock()
        self._is_stopping = False
        #: Has an entry when the loop has something to do before its pause is over. A signal handler
        #: may put one in at any moment, where an Event may wait for its own lock for ever.
        self._wake_ups: SimpleQueue[None] = SimpleQueue()
        self._renewed_at = time.monotonic()

    def stop(self) -> None:
        """Take no more jobs. May be called by a signal handler."""
        self._is_stopping = True
        self._wake_ups.put(None)

    def run(self, *, until_idle: bool = False) -> None:
        """Run jobs until ``stop`` is called. Those that are running then have WORK_GRACE_S to
        finish, and are given back to other workers after it.

        until_idle: end also when no job is due.
        """
        poll_s: float = self.app.config["WORK_POLL_S"]
        while not self._is_stopping:
            with self._surviving_errors():
                self._scheduler.enqueue_due()
            was_idle = not self._running
            are_left = self._take_jobs()
            self._drop_hanging_jobs()
            self._renew_leases()
            if until_idle and was_idle and not are_left and not self._running:
                break
            if not are_left or not self._count_free_threads():
                # Workers that started together shall not all ask at the same moment.
                self._pause(poll_s * random.uniform(0.8, 1.2))  # noqa: S311
        self._finish()

    def _pause(self, seconds: float) -> None:
        """Wait until a job ends or the worker is told to stop, at most so long."""
        with suppress(Empty):
            self._wake_ups.get(timeout=seconds)
            while True:
                self._wake_ups.get_nowait()

    def _take_jobs(self) -> bool:
        """Begin to run what is due; return whether more may be due than there were free threads."""
        regions: list[str] = []
        with self._surviving_errors():
            regions = self.list_regions()
        random.shuffle(regions)  # no region always comes last
        for region in regions:
            limit, priorities = self._plan_claim()
            jobs: list[RunningJob] = []
            with self._surviving_errors():
                jobs = claim_jobs(region, self.name, limit, priorities) if limit else []
            for job in jobs:
                self._start(job)
            if len(jobs) == limit:
                return True
        return False

    def _plan_claim(self) -> tuple[int, Iterable[Priority]]:
        """Return how many jobs to take, and of which priorities. Of several threads, the last that
        is free takes none of the lowest."""
        free = self._count_free_threads()
        if self.threads == 1 or free == 0:
            return free, Priority
        return (free - 1, Priority) if free > 1 else (1, HIGHER_PRIORITIES)

    def _count_free_threads(self) -> int:
        with self._lock:
            return self.threads - len(self._running)

    def _start(self, job: RunningJob) -> None:
        longest_s = get_hooks(self.app).job_kinds[job.kind].kind.max_run_s
        with self._lock:
            self._running[job.key, job.lease] = job, time.monotonic() + longest_s
        # A daemon: a job that hangs must not keep the process after the grace period.
        threading.Thread(target=self._run, args=(job,), name="job", daemon=True).start()

    def _run(self, job: RunningJob) -> None:
        try:
            with self._surviving_errors():
                outcome = run_job(self.app, job)
                with self._lock:
                    self.outcomes[outcome] += 1
        finally:
            with self._lock:
                self._running.pop((job.key, job.lease), None)
            self._wake_ups.put(None)

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
        lease_s: float = self.app.config["WORK_LEASE_S"]
        if time.monotonic() - self._renewed_at < lease_s / 3:
            return
        self._renewed_at = time.monotonic()
        for region, jobs in self._list_running():
            with self._surviving_errors():
                statement = renew_statement(region, jobs, timedelta(seconds=lease_s))
                execute_write(statement, idempotent=True, read_committed=True)

    def _list_running(self) -> list[tuple[str, list[RunningJob]]]:
        """Return the jobs that are running, by region."""
        with self._lock:
            jobs = sorted((job for job, _ in self._running.values()), key=lambda job: job.key)
        return [(region, list(group)) for region, group in groupby(jobs, lambda j: j.key.region)]

    def _finish(self) -> None:
        """Wait for running jobs, and give back those that take too long."""
        until = time.monotonic() + self.app.config["WORK_GRACE_S"]
        while self._running and (left_s := until - time.monotonic()) > 0:
            self._drop_hanging_jobs()
            self._renew_leases()
            self._pause(min(1.0, left_s))
        for _, jobs in self._list_running():
            for job in jobs:
                with self._surviving_errors():
                    execute_write(release_statement(job), idempotent=True, read_committed=True)

    def _surviving_errors(self) -> AbstractContextManager[None]:
        return surviving_errors(self.app)
