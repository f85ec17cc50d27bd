"""What /metrics tells of the jobs that wait, in the region of the server."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask

from webapp.db.cache import TimedCache
from webapp.extensions import db
from webapp.observability.metrics import GaugeReader
from webapp.ops.jobs.queries import KindCounts, counts_query
from webapp.regions.catalogue import local_region
from webapp.web.metrics_page import gauge_readers

#: The metrics of one look at /metrics come from one statement; seconds.
MAX_AGE_S = 5
CACHE = "movr_job_counts"


def init_app(app: Flask) -> None:
    counts: TimedCache[str, list[KindCounts]] = TimedCache(MAX_AGE_S, max_size=1)
    app.extensions[CACHE] = counts

    def read_counts() -> list[KindCounts]:
        return counts.get(local_region(), _read_counts)

    gauge_readers(app).extend(
        (
            _make_reader(
                "movr_jobs_waiting", "Jobs that wait.", read_counts, lambda kind: kind.waiting
            ),
            _make_reader(
                "movr_jobs_failed",
                "Jobs that were given up.",
                read_counts,
                lambda kind: kind.failed,
            ),
            _make_reader(
                "movr_job_oldest_due_seconds",
                "For how long the oldest job has been due.",
                read_counts,
                _find_seconds_due,
            ),
        )
    )


def _make_reader(
    name: str,
    documentation: str,
    read_counts: Callable[[], list[KindCounts]],
    measure: Callable[[KindCounts], float],
) -> GaugeReader:
    def read() -> dict[str, float]:
        return {kind.kind: measure(kind) for kind in read_counts()}

    return GaugeReader(
        name, f"{documentation} Each server of a region tells the same.", "kind", read
    )


def _read_counts() -> list[KindCounts]:
    rows = db.session.execute(counts_query(local_region()))
    return [KindCounts._make(row) for row in rows]


def _find_seconds_due(kind: KindCounts) -> float:
    if kind.oldest_due_at is None:
        return 0.0
    return max(0.0, (datetime.now(UTC) - kind.oldest_due_at).total_seconds())
