"""What surrounds a command, a job and a call to another service: line, metrics and span."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

from webapp.observability import tracing
from webapp.observability.execution import Execution, running
from webapp.observability.logs import log_fast
from webapp.observability.metrics import JOB_SECONDS, PROVIDER_SECONDS, record_usage

log = logging.getLogger(__name__)


@contextmanager
def observe_job(
    kind: str, job_id: str, traceparent: str = "", request_id: str = ""
) -> Iterator[Execution]:
    """Within, a job runs: its lines have its id, and at its end come a line ``job`` and metrics.

    kind: one of few. traceparent: what ``current_traceparent`` returned where the job was made.
    request_id: of the request that made it.
    Errors pass through; ``report_error`` is for the caller, who knows whether it is tried again.
    """
    execution = Execution("job", kind, job_id=job_id, cause_id=request_id)
    tracing.start_trace(execution, traceparent)
    result, error_name = "failed", ""
    with running(execution):
        try:
            yield execution
            result = "done"
        except BaseException as error:
            error_name = type(error).__name__
            raise
        finally:
            fields = {"result": result, **execution.usage()}
            if error_name:
                fields["error"] = error_name
            log_fast(log, "job", fields)
            JOB_SECONDS.labels(kind, result).observe(execution.elapsed_s)
            record_usage(execution)
            tracing.end_trace(execution, is_failed=result == "failed")


class LastCall(NamedTuple):
    """The last call of this process to another service."""

    at: datetime
    is_failed: bool


_last_calls: dict[str, LastCall] = {}


def find_last_call(provider: str) -> LastCall | None:
    """Return the last call to a service; None: this process has made none."""
    return _last_calls.get(provider)


@contextmanager
def observe_call(provider: str) -> Iterator[None]:
    """Within, another service is called. provider: ``payments``, ``mail``, ``oidc``, ..."""
    started_ns = time.perf_counter_ns()
    is_failed = True
    try:
        yield
        is_failed = False
    finally:
        waited_ns = time.perf_counter_ns() - started_ns
        _last_calls[provider] = LastCall(datetime.now(UTC), is_failed)
        result = "failed" if is_failed else "done"
        PROVIDER_SECONDS.labels(provider, result).observe(waited_ns / 1e9)
        tracing.record_call(provider, waited_ns, is_failed)
