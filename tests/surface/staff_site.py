"""The routes of staff, each with an address that has something to show."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from flask import Flask, request
from msgspec import to_builtins
from sqlalchemy import func, select, update
from werkzeug.routing import Rule

from tests.api.client import ApiClient
from tests.auth.oauth.steps import insert_client
from tests.auth.steps import new_browser
from tests.factories import find_city
from tests.fleet.bulk_actions.steps import insert_bulk_action
from tests.fleet.feed_subscriptions.rows import insert_feed
from tests.fleet.saved_replies.steps import insert_saved_reply
from tests.fleet.tasks.steps import insert_task
from tests.fleet.vehicle_import.steps import BIKE, make_csv
from tests.notices.steps import insert_comment, insert_notice
from tests.surface.routes import rules
from tests.texts.steps import insert_text
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.auth.services.users import get_user
from webapp.db.inserts import insert
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.models import Report
from webapp.fleet.vehicle_import.services import check_file
from webapp.fleet.zones.models import Zone
from webapp.ops.demo.cities import CITIES
from webapp.ops.demo.services import load_demo
from webapp.rides.blocks.models import RiderBlock
from webapp.rides.disputes.models import Dispute
from webapp.rides.earnings.enums import OwnerLedgerEntryKind
from webapp.rides.earnings.models import OwnerLedgerEntry
from webapp.rides.earnings.services.payouts import OwnerPayout, record_payout
from webapp.rides.models import Ride
from webapp.web import access
from webapp.web.api_requests import API_PREFIX
from webapp.web.roles import Permission

NEW_YORK = "new york"


@dataclass
class StaffSite:
    """The routes of staff, and rows of New York for their parameters."""

    app: Flask
    values: dict[str, Any]
    #: Matches a code of a vehicle, or the name of a person, of New York.
    codes: re.Pattern[str]
    persons: re.Pattern[str]

    def list_routes(self) -> list[tuple[Rule, Permission]]:
        with self.app.app_context():
            required = [(rule, access.required_access(rule.endpoint)) for rule in rules(self.app)]
        return [(rule, each) for rule, each in required if isinstance(each, Permission)]

    def fill(self, rule: Rule) -> str:
        if rule.endpoint.startswith("rides.disputes"):
            return rule.rule.replace("<key:ride_key>", self.values["dispute"])
        if rule.endpoint == "rides.remarks.show":
            return rule.rule.replace("<key:ride_key>", self.values["hidden remark"])
        if rule.endpoint == "rides.remarks.hide":
            return rule.rule.replace("<key:ride_key>", self.values["remark"])
        return re.sub(r"<[^>]+>", lambda match: str(self.values[match[0]]), rule.rule)

    def store_import(self, staff: User) -> None:
        """Store a file with vehicles of the operator in New York: only who uploaded it finds it."""
        with self.app.app_context():
            city = find_city(NEW_YORK)
            _, key = check_file(staff, make_csv(BIKE), city, is_operator_fleet=True)
        self.values["<key:import_key>"] = key

    def sign_in(self, staff: User) -> Visitor:
        """Return a browser in which an account has signed in; the API gets a token of it."""
        self.program = ApiClient.of(self.app, staff)
        return new_browser(self.app).sign_in(staff)

    def call(self, browser: Visitor, method: str, path: str) -> Any:
        """Send a request; to the API, what its document has as an example."""
        if path.startswith(API_PREFIX):
            return self.program.open(path, method=method, json=self._find_example(method, path))
        data = {"csrf_token": browser.token()} if method == "POST" else {}
        return browser.open(path, method=method, data=data)

    def _find_example(self, method: str, path: str) -> Any:
        with self.app.test_request_context(path, method=method):
            operation = getattr(self.app.view_functions[request.endpoint or ""], "operation", None)
        example = operation and operation.body_example
        return to_builtins(example) if example else {} if method == "POST" else None


#: The rides whose remarks riders read.
_REMARKS = select(Ride).where(Ride.note_is_public, Ride.note_hidden_at.is_(None))


def _hide_remark() -> RowKey:
    """Hide a remark of New York, and return the key of its ride."""
    key = _first_key(_REMARKS)
    execute_write(update(Ride).where(Ride.id == key.id).values(note_hidden_at=func.now()))
    return key


def load_staff_site(app: Flask) -> StaffSite:
    """Load New York as in the demo: rides, reports, disputes, owners; and what the demo lacks. The
    password of the demo is written into the instance folder."""
    with app.app_context():
        load_demo(CITIES[:1])
        reports = db.session.scalars(select(Report)).all()
        rider = get_user("mia")
        vehicle_key = _first_key(
            select(Vehicle).where(Vehicle.owner_id.is_not(None), Vehicle.state == "available")
        )
        values = {
            "<key:vehicle_key>": vehicle_key,
            "<trigger_name>": "idle",
            "<action_name>": "take_out_of_service",
            "<alert_name>": "idle",
            "<key:ride_key>": _first_key(select(Ride).where(Ride.ended_at.is_(None))),
            "<key:report_key>": next(each.key for each in reports if not each.answered_at),
            "<key:user_key>": rider.key,
            "<key:owner_key>": get_user("owner").key,
            "<uuid:payout_id>": _record_payout(rider, get_user("owner")),
            "<uuid:photo_id>": "00000000-0000-4000-8000-000000000000",
            "<key:block_key>": _insert_block(rider, get_user("owner")),
            "hidden remark": str(_hide_remark()),
            "remark": str(_first_key(_REMARKS)),
            "<uuid:zone_id>": db.session.scalars(select(Zone.id)).first(),
            "<city_name>": "new%20york",
            "<type_name>": "scooter",
            "<table_name>": "vehicles",
            "<role>": "fleet",
            "<uuid:session_id>": "00000000-0000-4000-8000-000000000000",
            "<int(max=3):number>": "1",
            "<int:number>": "1",
            "dispute": str(db.session.scalars(select(Dispute).limit(1)).one().ride_key),
        }
        codes = db.session.scalars(select(Vehicle.code)).all()
        # Who plans tasks reads the names of the staff who work in the same city.
        people = [each for each in db.session.scalars(select(User)).unique() if not each.is_staff]
    names = {
        name for each in people for name in (each.email, f"{each.first_name} {each.last_name[0]}")
    }
    values["<key:feed_key>"] = insert_feed(app)
    values["<uuid:version_id>"] = insert_text(app, "Snow", "notice", city=NEW_YORK, version=2)
    values["<uuid:notice_id>"] = notice_id = insert_notice(app, "Storm")
    values["<key:comment_key>"] = insert_comment(app, notice_id, rider, state="flagged").key
    values["<uuid:reply_id>"] = insert_saved_reply(app, NEW_YORK)
    values["<uuid:client_id>"] = insert_client(app)
    values["<key:import_key>"] = RowKey(vehicle_key.region, uuid4())
    values["<key:task_key>"] = insert_task(app, vehicle_key)
    values["<key:bulk_action_key>"] = insert_bulk_action(app, NEW_YORK, vehicle_key)
    return StaffSite(app, values, _match_any({c[:5] for c in codes}), _match_any(names))


def _record_payout(staff: User, owner: User) -> UUID:
    record_payout(staff, find_city(NEW_YORK), owner.key, OwnerPayout(100, "July", uuid4()))
    is_payout = OwnerLedgerEntry.kind == OwnerLedgerEntryKind.PAYOUT
    return db.session.scalars(select(OwnerLedgerEntry.id).where(is_payout)).one()


def _insert_block(rider: User, owner: User) -> RowKey:
    key = RowKey(rider.region, uuid4())
    row = {"rider_id": rider.id, "owner_region": owner.region, "owner_id": owner.id}
    ride = {"ride_region": rider.region, "ride_id": uuid4(), "reason": "Rain"}
    execute_write(insert(RiderBlock).values(**key._asdict(), **row, **ride))
    return key


def _first_key(query: Any) -> RowKey:
    key: RowKey = db.session.scalars(query.limit(1)).one().key
    return key


def _match_any(words: set[str]) -> re.Pattern[str]:
    return re.compile("|".join(rf"\b{re.escape(word)}" for word in sorted(words)))
