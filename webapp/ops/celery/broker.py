"""The broker of Celery, as the dispatcher and the status page speak to it. Needs the extra
``celery``."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from celery import Celery
from flask import Flask
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from kombu.messaging import Producer

from webapp.hooks import get_hooks
from webapp.jobs.kinds import Priority, RunningJob
from webapp.ops.celery.application import TASK_NAME, make_celery, make_queue, make_queue_name
from webapp.ops.celery.dispatcher import BrokerUnavailable

#: How long to wait for an answer of the broker, seconds. There is one further attempt to connect,
#: within this time, and none to send: the job is dispatched again anyway.
TIMEOUT_S = 2.0
TRANSPORT_OPTIONS = {
    "socket_timeout": TIMEOUT_S,
    "socket_connect_timeout": TIMEOUT_S,
    "read_timeout": TIMEOUT_S,  # of RabbitMQ
    "write_timeout": TIMEOUT_S,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
}
#: A job that still runs this long after its ``max_run_s`` is killed with its process, seconds.
KILL_AFTER_S = 10


class CeleryBroker:
    """A connection to the broker, made when it is needed, and anew after each error."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.celery: Celery = make_celery(app)
        self._connection: Connection | None = None

    def count_waiting(self) -> Mapping[Priority, int]:
        """Return how many messages wait in the queue of each priority. Declares the queues, so that
        they exist. Raises BrokerUnavailable."""
        with self._connected() as connection:
            channel = connection.default_channel
            return {
                priority: channel.queue_declare(
                    queue=make_queue_name(priority), durable=True, auto_delete=False
                ).message_count
                for priority in Priority
            }

    def send(self, job: RunningJob) -> None:
        """Send the key of a job and its lease. Raises BrokerUnavailable."""
        kind = get_hooks(self.app).job_kinds[job.kind].kind
        with self._connected() as connection:
            self.celery.send_task(
                TASK_NAME,
                (job.key.region, str(job.key.id), job.lease),
                queue=make_queue(kind.priority),
                producer=Producer(connection.default_channel),
                retry=False,
                soft_time_limit=kind.max_run_s,
                time_limit=kind.max_run_s + KILL_AFTER_S,
            )

    def close(self) -> None:
        """End the connection."""
        if self._connection:
            with suppress(Exception):  # it may be broken already
                self._connection.release()
        self._connection = None

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        connection = self._connection or self.celery.connection_for_write(
            connect_timeout=TIMEOUT_S, transport_options=TRANSPORT_OPTIONS
        )
        self._connection = connection
        errors = (OperationalError, *connection.connection_errors, *connection.channel_errors)
        try:
            yield connection
        except errors as error:
            self.close()
            raise BrokerUnavailable(type(error).__name__) from error
        except Exception:  # of which kombu does not know that connections raise it
            self.close()
            raise
