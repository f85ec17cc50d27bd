"""What /metrics tells of the jobs that wait, in the region of the server."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask

from webapp.extensions import db
from webapp.observability.metrics import GaugeReader
from webapp.ops.jobs.queries import KindCounts, counts_query
from webapp.regions.catalogue import local_region
from webapp.web.metrics_page import gauge_readers


def init_app(app: Flask) -> None:
    gauge_readers(app).extend(
        (
            _make_reader("movr_jobs_waiting", "Jobs that wait.", lambda kind: kind.waiting),
            _make_reader("movr_jobs_failed", "Jobs that were given up.", lambda kind: kind.failed),
            _make_reader(
                "movr_job_oldest_due_seconds",
                "For how long the oldest job has been due.",
                _seconds_due,
            ),
        )
    )


def _make_reader(
    name: str, documentation: str, measure: Callable[[KindCounts], float]
) -> GaugeReader:
    def read() -> dict[str, float]:
        rows = db.session.execute(counts_query(local_region()))
        return {kind.kind: measure(kind) for kind in map(KindCounts._make, rows)}

    return GaugeReader(
        name, f"{documentation} Each server of a region tells the same.", "kind", read
    )


def _seconds_due(kind: KindCounts) -> float:
    if kind.oldest_due_at is None:
        return 0.0
    return max(0.0, (datetime.now(UTC) - kind.oldest_due_at).total_seconds())
