"""Calls of the services and queries of the settings of queues."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from tests.migrations.sample_rows import AFTER, NEW_YORK, USER, VEHICLE
from webapp.extensions import db
from webapp.fleet.queues.filters import QueueFilter
from webapp.fleet.queues.services import CityTargets, change_service_targets
from webapp.fleet.reports.queries import ReportFilter, list_queue
from webapp.fleet.saved_replies import services as replies
from webapp.fleet.saved_replies.models import SavedReply
from webapp.fleet.saved_replies.queries import find_reply, list_replies
from webapp.fleet.saved_replies.services import ReplyData
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.queries import list_disputes
from webapp.rides.vehicle_cost_sums import vehicle_costs_query

OVERDUE = QueueFilter(is_overdue=True)

#: What can be changed about a saved reply.
REPLY = ReplyData("reports", "en", "Thanks", "Hi {first_name}")
REPLY_ID = UUID(int=30)
SAVED_REPLY = SavedReply(id=REPLY_ID, **asdict(REPLY))

QUEUES: dict[str, Callable[[], Any]] = {
    "change service targets": lambda: change_service_targets(
        NEW_YORK, CityTargets(), CityTargets(4 * 3600)
    ),
    "overdue reports": lambda: list_queue(NEW_YORK, ReportFilter(queue=OVERDUE), AFTER),
    "overdue disputes": lambda: list_disputes(NEW_YORK, DisputeState.OPEN, AFTER, OVERDUE),
    "add a saved reply": lambda: replies.add_reply(USER, "nonce", "new york", REPLY),
    "change a saved reply": lambda: replies.change_reply(USER, SAVED_REPLY, REPLY),
    "remove a saved reply": lambda: replies.remove_reply(USER, REPLY_ID),
    "saved replies of a city": lambda: list_replies(NEW_YORK),
    "a saved reply": lambda: find_reply(USER, REPLY_ID),
    "what a vehicle has earned and cost": lambda: db.session.execute(
        vehicle_costs_query(VEHICLE, ["new york"], AFTER[0])
    ),
}
