"""Calls of the services and queries of the settings of queues."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.migrations.sample_rows import AFTER, NEW_YORK
from webapp.fleet.queues.filters import QueueFilter
from webapp.fleet.queues.services import change_service_targets
from webapp.fleet.reports.queries import ReportFilter, list_queue
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.queries import list_disputes

OVERDUE = QueueFilter(is_overdue=True)

QUEUES: dict[str, Callable[[], Any]] = {
    "change service targets": lambda: change_service_targets(NEW_YORK, timedelta(hours=4), None),
    "overdue reports": lambda: list_queue(NEW_YORK, ReportFilter(queue=OVERDUE), AFTER),
    "overdue disputes": lambda: list_disputes(NEW_YORK, DisputeState.OPEN, AFTER, OVERDUE),
}
