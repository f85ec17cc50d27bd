"""The loop of a process that claims due jobs: to run them (worker.py), or to dispatch them
(dispatcher.py)."""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from queue import Empty, SimpleQueue

from flask import Flask

from webapp.jobs.kinds import Priority, RunningJob
from webapp.ops.jobs.running import claim_jobs, make_worker_name, surviving_errors
from webapp.ops.jobs.scheduler import Scheduler


class CannotDispatch(Exception):
    """Jobs wait in the table, because the broker does not take them. The text says why."""


class ClaimLoop(ABC):
    """Claims as many due jobs of its regions as it has room for, until it is told to stop."""

    #: Whether another process starts the jobs.
    claims_for_dispatch = False

    def __init__(self, app: Flask, list_regions: Callable[[], list[str]]) -> None:
        """list_regions: returns the regions whose jobs it claims; called each time, as regions may
        be added."""
        self.app = app
        self.list_regions = list_regions
        self.name = make_worker_name()
        self._scheduler = Scheduler(list_regions)
        self._is_stopping = False
        #: Has an entry when the loop has something to do before its pause is over. A signal handler
        #: may put one in at any moment, where an Event may wait for its own lock for ever.
        self._wake_ups: SimpleQueue[None] = SimpleQueue()

    @abstractmethod
    def find_capacity(self) -> tuple[int, Iterable[Priority]]:
        """Return how many jobs to claim now, and of which priorities."""

    @abstractmethod
    def process(self, jobs: list[RunningJob]) -> None:
        """Start claimed jobs, or dispatch them."""

    @abstractmethod
    def pause_s(self, are_left: bool) -> float:
        """Return how long to wait before jobs are claimed again, seconds.

        are_left: whether more may be due than there was room for.
        """

    def maintain_jobs(self) -> None:  # noqa: B027 - jobs that others run need nothing
        """Renew the leases of running jobs, and give up those that run for too long."""

    def check_capacity(self) -> None:  # noqa: B027 - a thread becomes free by itself
        """Raise CannotDispatch if jobs may be due that can't be claimed for now. ``until_idle``
        does not wait for that."""

    def is_idle(self) -> bool:
        """Tell whether no job is worked on."""
        return True

    @abstractmethod
    def finish(self) -> None:
        """End what is left, after ``stop``."""

    @abstractmethod
    def summary(self) -> str:
        """Return what became of the jobs that it claimed."""

    def stop(self) -> None:
        """Claim no more jobs. May be called by a signal handler."""
        self._is_stopping = True
        self._wake_ups.put(None)

    def run(self, *, until_idle: bool = False) -> None:
        """Process jobs until ``stop`` is called.

        until_idle: end also when no job is due. Then it raises CannotDispatch, see
        ``check_capacity``.
        """
        try:
            while not self._is_stopping:
                with self.surviving_errors():
                    self._scheduler.enqueue_due()
                was_idle = self.is_idle()
                are_left = self._process_due_jobs()
                self.maintain_jobs()
                if until_idle:
                    self.check_capacity()
                    if was_idle and not are_left and self.is_idle():
                        break
                if pause_s := self.pause_s(are_left):
                    # Processes that started together shall not all ask at the same moment.
                    self.wait(pause_s * random.uniform(0.8, 1.2))  # noqa: S311
        finally:
            self.finish()

    def wait(self, seconds: float) -> None:
        """Wait until a job ends or the loop is told to stop, at most so long."""
        with suppress(Empty):
            self._wake_ups.get(timeout=seconds)
            while True:
                self._wake_ups.get_nowait()

    def wake_up(self) -> None:
        """End the pause of the loop."""
        self._wake_ups.put(None)

    def _process_due_jobs(self) -> bool:
        """Claim and process what is due; return whether more may be due than there was room for."""
        regions: list[str] = []
        with self.surviving_errors():
            regions = self.list_regions()
        random.shuffle(regions)  # no region always comes last
        for region in regions:
            limit, priorities = self.find_capacity()
            jobs: list[RunningJob] = []
            with self.surviving_errors():
                jobs = self._claim(region, limit, priorities) if limit else []
                if jobs:
                    self.process(jobs)
            if len(jobs) == limit:
                return True
        return False

    def _claim(self, region: str, limit: int, priorities: Iterable[Priority]) -> list[RunningJob]:
        return claim_jobs(
            region, self.name, limit, priorities, for_dispatch=self.claims_for_dispatch
        )

    def surviving_errors(self) -> AbstractContextManager[None]:
        return surviving_errors(self.app)
