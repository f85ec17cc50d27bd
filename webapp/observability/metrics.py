"""The metrics of MovR, in the format of Prometheus. All are defined here: docs/operations.md lists
them, and deploy/monitoring has rules and a dashboard.

Every label has few values: templates of routes, names of commands and kinds, never a path or a key.
Under gunicorn all workers write into files of PROMETHEUS_MULTIPROC_DIR (gunicorn.conf.py), and
whichever is asked adds them up.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, values
from prometheus_client import generate_latest as render
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from webapp.observability.execution import Execution

log = logging.getLogger(__name__)

#: Seconds. People wait about three for a page.
LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

# --- what each request, command and job adds --------------------------------------------------

REQUEST_SECONDS = Histogram(
    "movr_request_seconds",
    "Time from a request to the end of its response.",
    ["route", "method"],
    buckets=LATENCY_BUCKETS,
)
REQUESTS = Counter(
    "movr_requests",
    "Requests by the status of their response, without health checks, static files and scrapes.",
    ["status"],
)
#: Machines ask for these, and a server that stops says 503: they would hide the errors of people.
UNCOUNTED_ROUTES = ("/health/", "/static/", "/metrics")
ROUND_TRIPS = Counter(
    "movr_database_round_trips", "Waits for the database, also for BEGIN, COMMIT.", ["kind", "name"]
)
DATABASE_SECONDS = Counter(
    "movr_database_seconds", "Time spent waiting for the database.", ["kind", "name"]
)
COMMANDS = Counter("movr_commands", "Commands that have ended.", ["command", "result"])
SERVER_ERRORS = Counter("movr_server_errors", "Defects: errors that nobody handles.", ["kind"])

# --- the database ------------------------------------------------------------------------------

FAILED_ATTEMPTS = Counter(
    "movr_transaction_attempts_failed",
    "Failed attempts of a transaction, by SQLSTATE (or lost, pool, circuit) and what followed.",
    ["cause", "outcome"],
)
POOL_IN_USE = Gauge(
    "movr_pool_connections_in_use",
    "Connections that are lent to a thread.",
    ["engine"],
    multiprocess_mode="livesum",
)
POOL_WAITING = Gauge(
    "movr_pool_threads_waiting",
    "Threads that wait for a connection.",
    ["engine"],
    multiprocess_mode="livesum",
)
POOL_SIZE = Gauge(
    "movr_pool_connections_max",
    "Connections that the pools may open.",
    ["engine"],
    multiprocess_mode="livesum",
)
POOL_TIMEOUTS = Counter("movr_pool_timeouts", "Threads that got no connection.", ["engine"])

# --- what MovR is for ---------------------------------------------------------------------------

RIDES_STARTED = Counter("movr_rides_started", "Rides that have started.")
RIDES_ENDED = Counter("movr_rides_ended", "Rides that have ended.")
RESERVATIONS = Counter("movr_reservations", "Reservations.", ["event"])
PAYMENTS = Counter("movr_payments", "Payments that are settled.", ["kind", "result"])
MAILS = Counter("movr_mails", "Mails to the mail server.", ["result"])
IMPORTS = Counter("movr_imports", "Imports of feeds.", ["result"])
FEED_RUNS = Counter("movr_feed_runs", "Runs of feed subscriptions.", ["result"])
JOB_SECONDS = Histogram(
    "movr_job_seconds", "Runs of jobs.", ["kind", "result"], buckets=LATENCY_BUCKETS
)
JOBS_DISPATCHED = Counter("movr_jobs_dispatched", "Jobs dispatched to Celery.", ["result"])
JOBS_IN_BROKER = Gauge(
    "movr_jobs_in_broker",
    "Jobs that were dispatched and wait for a Celery worker.",
    ["priority"],
    multiprocess_mode="livemax",
)
PROVIDER_SECONDS = Histogram(
    "movr_provider_seconds",
    "Calls to other services.",
    ["provider", "result"],
    buckets=LATENCY_BUCKETS,
)


def record_request(execution: Execution, status: int) -> None:
    """Add a request that has ended."""
    REQUEST_SECONDS.labels(execution.name, execution.method).observe(execution.elapsed_s)
    if not execution.name.startswith(UNCOUNTED_ROUTES):
        REQUESTS.labels(status).inc()
    record_usage(execution)


def record_command(execution: Execution, exit_code: int) -> None:
    """Add a command that has ended."""
    COMMANDS.labels(execution.name, "done" if exit_code == 0 else "failed").inc()
    record_usage(execution)


def record_usage(execution: Execution) -> None:
    """Add what a request, command or job has used of the database."""
    if execution.round_trips:
        ROUND_TRIPS.labels(execution.kind, execution.name).inc(execution.round_trips)
        DATABASE_SECONDS.labels(execution.kind, execution.name).inc(execution.database_s)


# --- numbers that are read from the database ----------------------------------------------------


@dataclass(eq=False)
class GaugeReader(Collector):
    """A number that is read when somebody looks, at most once in ``max_age_s`` by a process.

    read: returns the value for each label value. It runs in an application context; when it fails
        the metric is missing until it works again.
    """

    name: str
    documentation: str
    label: str
    read: Callable[[], Mapping[str, float]]
    max_age_s: float = 60.0
    clock: Callable[[], float] = time.monotonic
    _read_at: float = float("-inf")
    _values: Mapping[str, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            if self.clock() - self._read_at >= self.max_age_s:
                self._read_at, self._values = self.clock(), self._read_safely()
        family = GaugeMetricFamily(self.name, self.documentation, labels=[self.label])
        for label_value, number in self._values.items():
            family.add_metric([label_value], number)
        yield family

    def _read_safely(self) -> Mapping[str, float]:
        try:
            return self.read()
        except Exception as error:
            log.warning("cannot read the metric %s: %s", self.name, type(error).__name__)
            return {}


def render_metrics(readers: list[GaugeReader]) -> bytes:
    """Return all metrics, of all workers, as text."""
    registry = CollectorRegistry()
    for reader in readers:
        registry.register(reader)
    return render(make_process_registry()) + render(registry)


def has_shared_files() -> bool:
    """Tell whether this process counts in files that it shares with others
    (PROMETHEUS_MULTIPROC_DIR)."""
    return bool(values.ValueClass._multiprocess)


def make_process_registry() -> CollectorRegistry:
    """Return the metrics of this process, and of those that it shares files with."""
    if not has_shared_files():
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry
