"""The statements that carry the service, as CockroachDB gets them.

Kept in tests/golden (see golden.py). What PostgreSQL forgives and CockroachDB does not is asserted:
text becomes a region by a cast only, and one statement may change a table once.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from json import dumps
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from shapely import MultiPolygon, box
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy_cockroachdb.psycopg2 import CockroachDBDialect_psycopg2

from tests.migrations.golden import assert_golden
from webapp import mail
from webapp.audit import queries as trail
from webapp.audit import writing as events
from webapp.audit.enums import AuditKind
from webapp.audit.queries import AuditFilter
from webapp.auth import passwords
from webapp.auth.devices import Device
from webapp.auth.enums import EmailLinkPurpose
from webapp.auth.models import LoginSession, User
from webapp.auth.personal_data import EXPORT_SECTIONS as AUTH_SECTIONS
from webapp.auth.queries import find_account_details
from webapp.auth.services import (
    email_change,
    email_confirmation,
    email_links,
    login,
    password_reset,
    registration,
    roles,
    second_factor,
    sessions,
    staff_accounts,
    users,
)
from webapp.auth.services.email_links import LinkToken
from webapp.db import transactions
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet import personal_data as fleet_personal_data
from webapp.fleet.enums import PUBLIC_STATES, FormFactor
from webapp.fleet.favourites.personal_data import EXPORT_SECTIONS as FAVOURITES_SECTIONS
from webapp.fleet.favourites.queries import find_vehicle_for_rider, list_saved_vehicles
from webapp.fleet.favourites.services import places as saved_places
from webapp.fleet.favourites.services.places import add_place, remove_place
from webapp.fleet.favourites.services.vehicles import (
    remove_saved_vehicle,
    save_vehicle,
    start_waiting,
    stop_waiting,
)
from webapp.fleet.favourites.services.waiting import mail_waiting_riders
from webapp.fleet.live_map.bounding_box import BoundingBox
from webapp.fleet.live_map.services import _read_changes, _read_everything
from webapp.fleet.pricing import queries as plan_queries
from webapp.fleet.pricing import services as plan_services
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.plan_terms import PlanTerms
from webapp.fleet.pricing.price import Segment, quote_ride
from webapp.fleet.queries.details import get_owner_vehicle_details
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import list_nearest, list_newest, list_owner_vehicles
from webapp.fleet.queries.vehicles import find_public_vehicle
from webapp.fleet.reports import photo_retention, staff_services
from webapp.fleet.reports import services as reports
from webapp.fleet.reports.enums import OPEN_STATES, ReportKind, ReportState
from webapp.fleet.reports.models import Report
from webapp.fleet.reports.personal_data import EXPORT_SECTIONS as REPORTS_SECTIONS
from webapp.fleet.reports.queries import (
    find_own_report,
    find_report_for_staff,
    list_own_reports,
    list_queue,
    read_own_photo,
    read_photo_for_staff,
)
from webapp.fleet.reports.services import ReportData
from webapp.fleet.reports.staff_services import ReportAnswer
from webapp.fleet.services import add, places
from webapp.fleet.services.add import add_vehicle
from webapp.fleet.services.description import VehicleDescription
from webapp.fleet.services.edit import edit_vehicle
from webapp.fleet.services.remove import remove_vehicle, remove_vehicles_of_account
from webapp.fleet.unlock_codes.label_sheets import list_city_sheet, list_owner_sheet
from webapp.fleet.unlock_codes.services import find_vehicle_by_code
from webapp.fleet.zones import cache as zone_cache
from webapp.fleet.zones import services as zones
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.rules import CityZones
from webapp.fleet.zones.zone_files import ParsedZone, ZoneFile
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place, Point
from webapp.regions.models import City
from webapp.riders import personal_data
from webapp.riders import queries as rider_queries
from webapp.riders.services.account_deletion import delete_account
from webapp.riders.services.profile import ProfileData, save_profile
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import credit_entry, ride_entry
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.models import Payment
from webapp.riders.wallet.personal_data import EXPORT_SECTIONS as WALLET_SECTIONS
from webapp.riders.wallet.queries import overview
from webapp.riders.wallet.queries import payments as payment_queries
from webapp.riders.wallet.queries.payments import (
    find_payment,
    read_payout_amounts,
)
from webapp.riders.wallet.services import closing, payments, payouts
from webapp.rides import history, refusals
from webapp.rides import queries as rides
from webapp.rides.disputes import queries as dispute_queries
from webapp.rides.disputes import statements as dispute_statements
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.models import Dispute
from webapp.rides.disputes.personal_data import EXPORT_SECTIONS as DISPUTE_SECTIONS
from webapp.rides.models import Ride
from webapp.rides.personal_data import EXPORT_SECTIONS as RIDE_SECTIONS
from webapp.rides.reservations import queries as reservation_queries
from webapp.rides.reservations import services as reservations
from webapp.rides.reservations import statements as reservation_statements
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.personal_data import EXPORT_SECTION as RESERVATION_SECTION
from webapp.rides.services import (
    end_snapshot,
    end_statement,
    paths,
    pause,
    rating,
    reminders,
    start,
)
from webapp.rides.services import staff as staff_rides
from webapp.rides.trip_import import services as trip_import
from webapp.rides.trip_import.conversion import ImportedRide, TripImport
from webapp.rides.trip_import.enums import ParkingOutcome
from webapp.rides.trip_import.trip_files import Trip
from webapp.web import rate_limits

REGIONS = {"us-east1", "us-west1", "europe-west1"}
RIDER = RowKey("europe-west1", UUID(int=1))
VEHICLE = RowKey("us-east1", UUID(int=2))
RIDE = RowKey("us-east1", UUID(int=3))
NEW_YORK = City(name="new york", label="New York", region="us-east1", lat=40.73, lon=-73.99)
PLACE = Place("here", Point(40.7, -74.0))
AFTER = (datetime(2026, 7, 1, tzinfo=UTC), UUID(int=4))
TERMS = PlanTerms("Some", "other", "human", unlock_fee=100, segments=(Segment(0, 25, 1),))
AFTER_VERSION = (7, UUID(int=4))
SQUARE = ParsedZone(
    ZoneKind.NO_PARKING, "Square", None, MultiPolygon([box(-74, 40.7, -73.9, 40.8)])
)
ZONE = UUID(int=13)
TOLD = VehicleDescription("bike", "Riese", "red", PLACE)


#: Packages whose statements are kept; others, such as the catalogue of cities, may be asked.
SERVICE_PACKAGES = (
    "webapp.audit.",
    "webapp.auth.",
    "webapp.fleet.",
    "webapp.riders.",
    "webapp.rides.",
)


class Result(SimpleNamespace):
    """A result without rows, but with one for what needs it to go on."""

    def __iter__(self) -> Iterator[Any]:
        return iter(())


class Asked(Exception):
    """Ends a service where it would speak to the database."""


class NoRows(list[Any]):
    """What a writing statement answers here."""

    def first(self) -> None:
        return None

    one = first
    all = list[Any].copy

    def one_or_none(self) -> Any:
        return USED


@pytest.fixture
def ask(app, monkeypatch) -> Callable[[Callable[[], Any]], list[Any]]:
    """Call a service without a database; return the statements it would send."""
    sent: list[Any] = []

    def reading(statement: Any, *_: Any, **__: Any) -> Any:
        sent.append(statement)
        raise Asked

    def writing(work: Callable[[Session], Any], **_: Any) -> Any:
        answer = NoRows()
        work(
            SimpleNamespace(
                execute=lambda s: sent.append(s) or answer,
                scalar=lambda s: sent.append(s) or getattr(s, "is_update", False) or None,
                scalars=lambda s: sent.append(s) or answer,
                get_one=lambda *_: SimpleNamespace(
                    **vars(USED), key=RIDER, email_confirmed_at=None
                ),
                flush=lambda: None,
            )
        )
        raise Asked

    with app.app_context():  # what is kept in memory is not asked for
        catalogue().all()
    session = SimpleNamespace(scalars=reading, execute=reading, scalar=reading, remove=lambda: None)
    monkeypatch.setattr(db, "session", session)
    monkeypatch.setattr(transactions._Attempt, "run", lambda _, work: writing(work))
    # So that a service goes on to its own statement.
    for module in (email_change, email_confirmation, login, password_reset, payments, reservations):
        monkeypatch.setattr(
            module, "rate_limits", SimpleNamespace(**{**vars(rate_limits), "count_attempt": len})
        )
    monkeypatch.setattr(saved_places, "uuid4", lambda: UUID(int=14))
    monkeypatch.setattr(payments, "uuid4", lambda: PAYMENT.id)
    monkeypatch.setattr(mail, "send_after_commit", lambda *_, **__: None)
    monkeypatch.setattr(events, "uuid4", lambda: EVENT)
    monkeypatch.setattr(sessions, "uuid4", lambda: SESSION.id)
    monkeypatch.setattr(registration, "uuid4", lambda: RIDER.id)
    monkeypatch.setattr(passwords, "hash_password", lambda _: "$2b$12$hash")
    monkeypatch.setattr(JSONB, "literal_processor", lambda *_: lambda value: f"'{dumps(value)}'")
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _: "s" * 32)
    for module in (end_statement, reservation_statements, start):
        monkeypatch.setattr(module, "uuid4", lambda: RIDE.id)
    monkeypatch.setattr(add, "uuid4", lambda: VEHICLE.id)
    monkeypatch.setattr(plan_services, "uuid4", lambda: UUID(int=8))
    monkeypatch.setattr(places, "catalogue", lambda: SimpleNamespace(all=lambda: [NEW_YORK]))

    def statements(call: Callable[[], Any]) -> list[Any]:
        sent.clear()
        with app.app_context(), pytest.raises(Asked):
            call()
        return list(sent)

    return statements


def farewell(call):
    """Return the statements of a farewell, which gets its session."""

    def run():
        transactions.run_transaction(lambda session: call(session, RIDER))

    return run


def sends(make):
    """Return how a statement that a service makes is sent."""

    def run():
        statement = make()
        transactions.run_transaction(lambda session: session.execute(statement))

    return run


SESSION = RowKey("europe-west1", UUID(int=5))
EVENT = UUID(int=6)
USER = User(
    region=RIDER.region,
    id=RIDER.id,
    first_name="Ada",
    username="ada",
    email="ada@example.org",
    password_hash="",
    email_confirmed_at=AFTER[0],
    role_grants=[],
)
USER.login_session = LoginSession(region=SESSION.region, id=SESSION.id)
USED = SimpleNamespace(
    region=RIDER.region,
    user_id=RIDER.id,
    purpose="change_new",
    email="new@example.org",
    first_name="Ada",
    created_at=AFTER[0],
)
DEVICE = Device(UUID(int=7), "Firefox", "192.0.2.1", None)
LOGIN_ATTEMPT = login.LoginAttempt(USER, is_known_device=True)
BUCKET = rate_limits.bucket("sign in, account", rate_limits.Limit(10, 900), "ada")
TOKEN = LinkToken("europe-west1", "s" * 32)
PERSON = registration.Registration(
    NEW_YORK, "Ada", "Lovelace", "Ada", "Ada@example.org", "four words"
)
WANTED = VehicleFilter(NEW_YORK)
ANY = VehicleFilter(NEW_YORK, PUBLIC_STATES, FormFactor.BICYCLE)
WINDOW = BoundingBox(40.72, -74.0, 40.74, -73.98)

PLAN = PricingPlan(
    id=UUID(int=8),
    currency="USD",
    unlock_fee=100,
    segments=[{"start": 0, "rate": 25, "interval": 1}],
    reserve_max_min=30,
    reservation_rate=10,
    tax_ppm=100_000,
    tax_included=True,
)
RIDE_END = end_snapshot.RideEndSnapshot(
    Ride(region=RIDE.region, id=RIDE.id, started_at=AFTER[0], plan_id=PLAN.id),
    "ada@example.org",
    "Ada",
    None,
    AFTER[0] + timedelta(minutes=10),
)
REPORT = Report(region="us-east1", id=UUID(int=10))
RESERVATION = Reservation(
    region=RIDER.region,
    rider_id=RIDER.id,
    id=UUID(int=9),
    vehicle_region=VEHICLE.region,
    vehicle_id=VEHICLE.id,
    reserved_at=AFTER[0],
    until=AFTER[0],
)


def _end(place: Place) -> Callable[[], Any]:
    set_committed_value(RIDE_END.ride, "plan", PLAN)
    return sends(lambda: end_statement.end_ride_statement(RIDER, RIDE_END, place, 0, RIDER))


MESSAGE = UUID(int=15)
CASE = dispute_queries.DisputeCase(
    Dispute(region=RIDE.region, ride_id=RIDE.id, refunded=50, changed_at=AFTER[0]), "Ada", None
)


def _answer(text: str, refund: int, state: DisputeState) -> Callable[[], Any]:
    ride = Ride(
        region=RIDE.region,
        id=RIDE.id,
        rider_region=RIDER.region,
        rider_id=RIDER.id,
        price=350,
        currency="USD",
        price_lines=[{"kind": "unlock", "amount": 350}],
    )
    set_committed_value(CASE.dispute, "ride", ride)
    return sends(
        lambda: dispute_statements.answer_dispute_statement(
            USER.key, CASE, MESSAGE, text, refund, state
        )
    )


PAYMENT = Payment(
    region=RIDER.region,
    id=UUID(int=11),
    rider_id=RIDER.id,
    currency="EUR",
    amount=1000,
    paid_back=400,
    created_at=AFTER[0],
)
MONEY: dict[str, Callable[[], Any]] = {
    "a wallet": lambda: overview.read_wallet(RIDER, AFTER),
    "all that moved it": lambda: list(overview.stream_entries(RIDER)),
    "what a rider has": lambda: ledger.read_balances(RIDER),
    "what can be paid out": lambda: read_payout_amounts(RIDER),
    "begin to pay in": lambda: payments.start_payment(RIDER, payments.TopUp(1000, "EUR"), str),
    "a payment": lambda: find_payment(RIDER, PAYMENT.id),
    "a payment has come in": sends(lambda: payments._settle_paid_statement(PAYMENT)),
    "a payment has failed": sends(lambda: payments._settle_statement(PAYMENT, PaymentState.FAILED)),
    "payments that are open": lambda: payment_queries._read_pending_payments(RIDER.region, PAYMENT),
    "what goes back to a rider": lambda: payouts.send_payouts(RIDER),
    "it has gone back": sends(lambda: payouts._payout_done_statement(PAYMENT)),
    "give credit": sends(
        lambda: ledger.entry_statement(credit_entry(RIDER, UUID(int=12), "EUR", 250))
    ),
    "where nothing moves": sends(
        lambda: ledger.entry_statement(ride_entry(RIDER, RIDE.id, "EUR", 0, 0))
    ),
    "the wallet of who leaves": farewell(closing.close_wallet),
}

TRIP_IMPORT = TripImport(NEW_YORK, PLAN, RIDER, "trips 0123456789ab")
TRIP = Trip("t1", AFTER[0], AFTER[0] + timedelta(minutes=10), *[Point(40.7, -74.0)] * 2, 812)
IMPORTED_RIDE = ImportedRide(
    UUID(int=14),
    TRIP,
    1,
    ParkingOutcome.ALLOWED,
    "",
    quote_ride(PLAN.tariff, timedelta(minutes=10)),
)
LONG_RIDES: dict[str, Callable[[], Any]] = {
    "the progress of a path": lambda: paths._read_progress(RIDER, RIDE),
    "append points to a path": sends(
        lambda: paths.append_points_statement(
            RIDER, RIDE, paths.PathProgress(60, 7, None), [paths.PathPoint(5, 40.7, -74.0)]
        )
    ),
    "the path of a ride": lambda: paths.read_path(RIDER, RIDE),
    "delete the paths of an account": farewell(paths.delete_paths),
    "remind riders of long rides": sends(lambda: reminders.remind_statement(NEW_YORK, AFTER[0])),
    "open rides of a city": lambda: staff_rides.list_open_rides(NEW_YORK, AFTER),
    "one ride, for staff": lambda: staff_rides.find_staff_ride(USER, RIDE),
    "the account of imported rides": lambda: trip_import._ensure_import_rider(NEW_YORK),
    "import trips": lambda: trip_import.write_batch(
        TRIP_IMPORT,
        [IMPORTED_RIDE],
        trip_import.last_places([IMPORTED_RIDE]),
        trip_import.TripImportResult(),
    ),
    "charge for imported rides": farewell(
        lambda session, _: ledger.write_entries(
            session, [trip_import._charge(TRIP_IMPORT, IMPORTED_RIDE)]
        )
    ),
}

SERVICES: dict[str, Callable[[], Any]] = {
    **MONEY,
    "start a ride": lambda: start.start_ride(RIDER, VEHICLE, PLAN.id),
    "why a ride did not start": lambda: refusals.read_refusal_facts(
        RIDER, start.public_key_condition(VEHICLE), RIDE
    ),
    "read the end of a ride": lambda: end_snapshot.read_ride_end(rides.db.session, RIDER, RIDE),
    "end a ride": _end(PLACE),
    "end a ride at a typed place": _end(Place("here")),
    **LONG_RIDES,
    "pause a ride": lambda: pause.pause_ride(RIDER, RIDE),
    "resume a ride": lambda: pause.resume_ride(RIDER, RIDE),
    "reserve a vehicle": lambda: reservations.reserve_vehicle(RIDER, VEHICLE),
    "extend a reservation": sends(
        lambda: reservation_statements.extend_reservation_statement(
            RIDER, RESERVATION, AFTER[0], reservations.extension_price(PLAN)
        )
    ),
    "cancel a reservation": lambda: reservations.cancel_reservation(RIDER),
    "a reserved vehicle": lambda: reservation_queries.find_reserved_vehicle(RESERVATION),
    "one ride": lambda: rides.find_ride(RIDER, RIDE),
    "the rides of a rider": lambda: history.list_rides(RIDER, AFTER),
    "newest vehicles": lambda: list_newest(WANTED, None),
    "newest vehicles, the next page": lambda: list_newest(WANTED, AFTER),
    "newest vehicles of a type in several states": lambda: list_newest(ANY, AFTER),
    "newest vehicles with their owner": lambda: list_newest(WANTED, None, with_owner=True),
    "nearest vehicles": lambda: list_nearest(WANTED, Point(40.7, -74.0), 2_000, None),
    "nearest vehicles, the next page": lambda: list_nearest(
        ANY, Point(40.7, -74.0), 2_000, (812, UUID(int=4))
    ),
    "vehicles of an owner": lambda: list_owner_vehicles(RIDER, AFTER),
    "add a vehicle": lambda: add_vehicle(USER, NEW_YORK, TOLD),
    "a vehicle by its public key": lambda: find_public_vehicle(VEHICLE),
    "a vehicle by its code": lambda: find_vehicle_by_code("22222-22222", None, "192.0.2.1"),
    "what an owner knows about a vehicle": lambda: get_owner_vehicle_details(RIDER, VEHICLE),
    "a sheet of labels of an owner": lambda: list_owner_sheet(RIDER, AFTER),
    "a sheet of labels of a city": lambda: list_city_sheet(NEW_YORK, AFTER),
    "edit a vehicle": lambda: edit_vehicle(RIDER, VEHICLE, TOLD),
    "remove a vehicle": lambda: remove_vehicle(RIDER, VEHICLE),
    "sign in by username": lambda: users.find_user("Ada"),
    "sign in by e-mail": lambda: users.find_user("Ada@example.org"),
    "who is asking": lambda: sessions.find_user(SESSION),
    "register": lambda: registration.register(PERSON, DEVICE),
    "sign in: who it is": lambda: login.prepare_attempt(User.username == "ada", DEVICE),
    "count a try": lambda: rate_limits.count_attempt([BUCKET]),
    "begin a session": lambda: login.sign_in(LOGIN_ATTEMPT, DEVICE, remember=False, password="x"),
    "note that a session is used": lambda: sessions.update_last_seen(SESSION),
    "end a session": lambda: sessions.end_session(RIDER, SESSION.id),
    "end all other sessions": lambda: sessions.end_other_sessions(RIDER, SESSION),
    "sessions of a rider": lambda: second_factor.find_status_and_sessions(USER),
    "show again who one is": lambda: sessions.record_reauthentication(SESSION),
    "ask for a new password": lambda: password_reset.request_password_reset(
        "ada@example.org", DEVICE
    ),
    "what a link is for": lambda: email_links.find_link(TOKEN, EmailLinkPurpose.RESET),
    "confirm an address": lambda: email_confirmation.confirm_email(TOKEN),
    "ask for another address": lambda: email_change.request_email_change(
        USER, "new@example.org", DEVICE
    ),
    "confirm another address": lambda: email_change.confirm_email_change(TOKEN),
    "grant a role": lambda: roles.grant_role(RIDER, roles.Role.FLEET),
    "withdraw a role": lambda: roles.revoke_role(RIDER, roles.Role.FLEET),
    "a profile": lambda: rider_queries.read_profile(RIDER),
    "save a profile": lambda: save_profile(
        RIDER, ProfileData(NEW_YORK, "Ada", "Lovelace", "I count.")
    ),
    "riders of a city": lambda: rider_queries.read_riders(NEW_YORK, AFTER),
    "vehicles of who leaves": farewell(remove_vehicles_of_account),
    "delete an account": lambda: delete_account(USER),
    "an account, for admins": lambda: find_account_details(USER, RIDER),
    "close an account": farewell(
        lambda session, key: session.execute(staff_accounts.disable_statement(key))
    ),
    "open an account again": farewell(
        lambda session, key: session.execute(staff_accounts.enable_statement(key))
    ),
    "report a vehicle, with photos": lambda: reports.file_report(
        RIDER,
        VEHICLE,
        "nonce",
        ReportData(ReportKind.DAMAGE, True, "It squeaks.", [b"photo", b"another"]),
    ),
    "answer a report": lambda: staff_services.answer_report(
        REPORT, "new", ReportAnswer(ReportState.RESOLVED, "Fixed.", put_back=True)
    ),
    "reports of a rider": lambda: list_own_reports(RIDER, AFTER),
    "one report of a rider": lambda: find_own_report(RIDER, REPORT.key),
    "a photo of it": lambda: read_own_photo(RIDER, REPORT.key, 1),
    "reports of a city": lambda: list_queue(NEW_YORK, OPEN_STATES, AFTER),
    "one report, for staff": lambda: find_report_for_staff(USER, REPORT.key),
    "a photo of it, for staff": lambda: read_photo_for_staff(USER, REPORT.key, 1),
    "rate a ride": sends(lambda: rating.rate_ride_statement(RIDER, RIDE, 4, "Smooth.")),
    "the months of a rider": lambda: history.list_months(RIDER, AFTER[0].date()),
    "rides of a rider, for a file": lambda: list(history.every_ride(RIDER)),
    "a disputed ride": lambda: dispute_queries.find_disputed_ride(RIDER, RIDE),
    "open a dispute": sends(
        lambda: dispute_statements.open_dispute_statement(
            RIDER, RIDE, MESSAGE, "It never unlocked."
        )
    ),
    "open disputes of a city": lambda: dispute_queries.list_disputes(
        NEW_YORK, DisputeState.OPEN, AFTER
    ),
    "closed disputes of a city": lambda: dispute_queries.list_disputes(
        NEW_YORK, DisputeState.CLOSED, AFTER
    ),
    "one dispute, for staff": lambda: dispute_queries.find_case(USER, RIDE),
    "answer a dispute": _answer("We looked at it.", 0, DisputeState.CLOSED),
    "give money back": _answer("Sorry.", 100, DisputeState.ANSWERED),
    "take in the zones of a file": lambda: zones.import_zones(
        NEW_YORK, ZoneFile("zones.json", False, [SQUARE]), zones.ZoneImportOptions()
    ),
    "change a zone": lambda: zones.change_zone(NEW_YORK, ZONE, name="Park", fee=500),
    "remove a zone": lambda: zones.remove_zone(NEW_YORK, ZONE),
    "remove the zones of a kind": lambda: zones.remove_zones(NEW_YORK, ZoneKind.SLOW),
    "the zones of a city": lambda: zone_cache.load_zones(NEW_YORK),
    "whether they are as before": lambda: zone_cache.is_unchanged(
        NEW_YORK, CityZones(NEW_YORK, [], 25)
    ),
    "vehicles with words, of some types": lambda: list_newest(
        VehicleFilter(NEW_YORK, words="Red", range_m=5_000, types=frozenset({("car", "electric")})),
        AFTER,
    ),
    "a window of the map": lambda: _read_everything(WANTED, WINDOW),
    "a high window of the map": lambda: _read_everything(WANTED, BoundingBox(0, 1, 1, 2)),
    "what has changed in it": lambda: _read_changes(ANY, WINDOW, AFTER[0]),
    "save a vehicle": lambda: save_vehicle(RIDER, VEHICLE),
    "wait for a vehicle": lambda: start_waiting(RIDER, VEHICLE),
    "stop waiting for it": lambda: stop_waiting(RIDER, VEHICLE),
    "forget a vehicle": lambda: remove_saved_vehicle(RIDER, VEHICLE),
    "a vehicle, and whether it is saved": lambda: find_vehicle_for_rider(RIDER, VEHICLE),
    "saved vehicles": lambda: list_saved_vehicles(RIDER),
    "forget photos of old reports": lambda: execute_write(
        photo_retention.delete_photos_query(
            NEW_YORK, ReportState.RESOLVED, timedelta(days=180), AFTER
        )
    ),
    "whom to tell that it is free": lambda: mail_waiting_riders([tuple(RIDER)], VEHICLE),
    "save a place": lambda: add_place(RIDER, "Home", PLACE.point),
    "forget a place": lambda: remove_place(RIDER, UUID(int=14)),
    "publish a price": lambda: plan_services.publish_plan(NEW_YORK, TERMS, 2),
    "prices in force": lambda: plan_queries.list_current_plans([NEW_YORK]),
    "versions of a price": lambda: plan_queries.list_versions(
        NEW_YORK, ("other", "human"), AFTER_VERSION
    ),
    "events of a region": lambda: trail.events_page(AuditFilter("us-east1"), AFTER),
    "events of one kind, in some days": lambda: trail.events_page(
        AuditFilter("us-east1", AuditKind.SIGNED_IN, None, AFTER[0], AFTER[0]), None
    ),
    "events of an account": lambda: trail.events_page(
        AuditFilter("us-east1", account=RIDER), AFTER
    ),
    **{
        f"my data: {section.name}": lambda it=section: list(it.rows(RIDER))
        for section in sorted(
            (
                *AUTH_SECTIONS,
                personal_data.EXPORT_SECTION,
                *WALLET_SECTIONS,
                fleet_personal_data.EXPORT_SECTION,
                *REPORTS_SECTIONS,
                *FAVOURITES_SECTIONS,
                *RIDE_SECTIONS,
                RESERVATION_SECTION,
                *DISPUTE_SECTIONS,
            ),
            key=lambda each: each.name,
        )
    },
}
#: What is sought in all regions.
EVERYWHERE = (
    "ask for a new password", "delete an account", "prices in force", "versions of a price",
    "take in the zones of a file", "remove the zones of a kind", "the zones of a city",
    "whether they are as before",
)  # fmt: skip
#: In which region somebody lived is text in the trail: it outlives the region.
NAME_IN_EVENTS = r"(?<=INSERT INTO events ).*?(?=ON CONFLICT)"

each_service = pytest.mark.parametrize("name", SERVICES)


def compiled(statement):
    return statement.compile(dialect=CockroachDBDialect_psycopg2())


def written_out(statement):
    """The statement with its values in place, as the server reads it."""
    dialect = CockroachDBDialect_psycopg2(paramstyle="named")
    sql = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    return re.sub(r" +$", "", sql, flags=re.M)


def test_the_statements_are_the_golden_ones(ask):
    parts = []
    for name, call in SERVICES.items():
        parts.append(f"-- {name}\n")
        parts += [written_out(s) + ";\n" for s in ask(call)]
        parts.append("\n")
    assert_golden("statements.cockroachdb.sql", "".join(parts))


@each_service
def test_a_region_is_always_cast_to_the_databases_type(ask, name):
    for statement in ask(SERVICES[name]):
        made = compiled(statement)
        regions = [key for key, value in made.params.items() if str(value) in REGIONS]
        everywhere = name in EVERYWHERE or name.startswith("sign in")
        assert bool(regions) or everywhere, "only names, and traces of who leaves, are"
        told = re.sub(NAME_IN_EVENTS, "", str(made), flags=re.DOTALL)
        for key in regions:
            bare = re.sub(rf"CAST\(%\({key}\)s AS crdb_internal_region\)", "", told)
            assert f"%({key})s" not in bare, key


@each_service
def test_no_statement_changes_a_table_twice(ask, name):
    for statement in ask(SERVICES[name]):
        sql = str(compiled(statement)).replace("DO UPDATE SET", "")
        changed = re.findall(r"\b(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)", sql)
        assert len(changed) == len(set(changed)), changed


@each_service
def test_no_float_is_divided_by_a_decimal(ask, name):
    """CockroachDB has no such operator; PostgreSQL converts."""
    for statement in ask(SERVICES[name]):
        assert "AS NUMERIC" not in str(compiled(statement))


@pytest.mark.parametrize("name", ["start a ride", "end a ride"])
def test_a_ride_starts_and_ends_in_one_statement(ask, name):
    (statement,) = ask(SERVICES[name])
    sql = str(compiled(statement))
    for table in ("vehicles", "rides", "open_rides"):
        assert re.search(rf"(INSERT INTO|UPDATE|DELETE FROM) {table}\b", sql), table
