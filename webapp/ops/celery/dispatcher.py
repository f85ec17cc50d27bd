"""The dispatcher: claims due jobs of its regions and dispatches them to Celery workers.

It claims a job without counting an attempt, and sends a message with the job's key and the name of
that lease. The Celery worker exchanges the lease for its own (``start_job``), which starts the
attempt; then it alone renews it and records what became of the job. So a message is only a hint:
lost, late or delivered twice, it changes nothing. A job whose message is lost is claimed again when
the first lease has ended; a message whose lease is not the job's any more is dropped.

Nothing is remembered here. How much is dispatched at once is bounded by the length of the queues,
so that jobs wait in the table, where they can be seen, and not in the broker.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Protocol

from flask import Flask

from webapp.db.transactions import execute_write
from webapp.jobs.kinds import Priority, RunningJob
from webapp.jobs.queue import requeue_statement
from webapp.observability.error_reports import report_error
from webapp.observability.metrics import JOBS_DISPATCHED, JOBS_IN_BROKER
from webapp.ops.jobs.loop import CannotDispatch, ClaimLoop

log = logging.getLogger(__name__)

#: How long to wait while the queues are full, seconds: Celery workers take hundreds of short jobs a
#: second.
FULL_PAUSE_S = 0.05


class BrokerUnavailable(Exception):
    """The broker does not answer, or refuses. The text names the error, and no address."""


class Broker(Protocol):
    """What Celery workers get messages from (webapp/ops/celery/broker.py)."""

    def count_waiting(self) -> Mapping[Priority, int]:
        """Return how many messages of each priority no Celery worker has fetched yet. Raises
        BrokerUnavailable."""

    def send(self, job: RunningJob) -> None:
        """Send the message of a claimed job. Raises BrokerUnavailable; then it may have been sent
        all the same."""

    def close(self) -> None:
        """End the connection."""


class Dispatcher(ClaimLoop):
    """Dispatches as many jobs as the queues of the broker have room for."""

    claims_for_dispatch = True

    def __init__(self, app: Flask, list_regions: Callable[[], list[str]], broker: Broker) -> None:
        super().__init__(app, list_regions)
        self.broker = broker
        self.outcomes: Counter[str] = Counter()
        #: The error of the broker when it was last asked; '' if it has answered.
        self.broker_error = ""
        #: The priorities whose queues were full at some time.
        self.full_queues: set[Priority] = set()

    def find_capacity(self) -> tuple[int, Iterable[Priority]]:
        """Return how many jobs to claim, and of which priorities. Each has a queue of its own,
        so that long jobs that nobody waits for do not fill the place of mails. It is filled when it
        is half empty, so that a claim finds room for many."""
        try:
            waiting = self.broker.count_waiting()
        except Exception as error:  # any, else it ends the process
            self._note_error(error)
            return 0, ()
        if self.broker_error:
            log.warning("the broker answers again")
        self.broker_error = ""
        for priority, count in waiting.items():
            JOBS_IN_BROKER.labels(priority.name.lower()).set(count)
        most: int = self.app.config["CELERY_MAX_WAITING"]
        room = {each: most - waiting[each] for each in Priority if waiting[each] <= most // 2}
        self.full_queues |= set(Priority) - set(room)
        return min(room.values(), default=0), list(room)

    def pause_s(self, are_left: bool) -> float:
        poll_s: float = self.app.config["WORK_POLL_S"]
        return min(FULL_PAUSE_S, poll_s) if are_left and not self.broker_error else poll_s

    def check_capacity(self) -> None:
        waiting = "Jobs wait in the table."
        if self.broker_error:
            raise CannotDispatch(f"The broker does not answer: {self.broker_error}. {waiting}")
        if self.full_queues:
            names = ", ".join(queue.name.lower() for queue in sorted(self.full_queues))
            raise CannotDispatch(f"Celery workers must first take jobs of: {names}. {waiting}")

    def process(self, jobs: list[RunningJob]) -> None:
        """Send the messages of jobs. If one can't be sent, it and those after it are requeued."""
        for index, job in enumerate(jobs):
            try:
                self.broker.send(job)
            except Exception as error:  # any, else the jobs wait for the end of their leases
                self._note_error(error)
                self._count("failed", len(jobs) - index)
                self._requeue(jobs[index:])
                return
            self._count("done", 1)

    def _count(self, result: str, number: int) -> None:
        self.outcomes[result] += number
        JOBS_DISPATCHED.labels(result).inc(number)

    def _requeue(self, jobs: list[RunningJob]) -> None:
        for region, group in groupby(jobs, lambda job: job.key.region):
            with self.surviving_errors():
                statement = requeue_statement(region, list(group), for_dispatch=True)
                execute_write(statement, idempotent=True, read_committed=True)

    def _note_error(self, error: Exception) -> None:
        is_outage = isinstance(error, BrokerUnavailable)
        text = str(error) if is_outage else type(error).__name__
        if not self.broker_error:
            log.warning("the broker does not answer, jobs wait in the table: %s", text)
            if not is_outage:
                report_error(error)
        self.broker_error = text

    def finish(self) -> None:
        """Close the connection. What was dispatched is for the Celery workers."""
        self.broker.close()

    def summary(self) -> str:
        return f"{self.outcomes['done']} dispatched"
