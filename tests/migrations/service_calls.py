"""A call of each service and query whose statements are kept in tests/golden."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Executable
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from tests.migrations.sample_rows import (
    AFTER,
    AFTER_VERSION,
    BUCKET,
    CASE,
    DESCRIPTION,
    DEVICE,
    FILTER,
    IMPORTED_RIDE,
    LOGIN_ATTEMPT,
    MESSAGE,
    NARROW_FILTER,
    NEW_YORK,
    PAYMENT,
    PERSON,
    PLACE,
    PLAN,
    POINT,
    REPORT,
    RESERVATION,
    RIDE,
    RIDE_END,
    RIDER,
    SESSION,
    SQUARE,
    TERMS,
    TOKEN,
    TRIP_IMPORT,
    USER,
    VEHICLE,
    WINDOW,
    ZONE,
)
from webapp.audit import queries as trail
from webapp.audit.enums import AuditKind
from webapp.audit.queries import AuditFilter
from webapp.auth.enums import EmailLinkPurpose
from webapp.auth.models import User
from webapp.auth.personal_data import EXPORT_SECTIONS as AUTH_SECTIONS
from webapp.auth.queries import find_account_details
from webapp.auth.services import (
    email_change,
    email_confirmation,
    email_links,
    login,
    password_reset,
    registration,
    role_grants,
    second_factor,
    sessions,
    staff_accounts,
    users,
)
from webapp.db import transactions
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet import personal_data as fleet_personal_data
from webapp.fleet.favourites.personal_data import EXPORT_SECTIONS as FAVOURITES_SECTIONS
from webapp.fleet.favourites.queries import find_vehicle_for_rider, list_saved_vehicles
from webapp.fleet.favourites.services.places import add_place, remove_place
from webapp.fleet.favourites.services.vehicles import (
    remove_saved_vehicle,
    save_vehicle,
    start_waiting,
    stop_waiting,
)
from webapp.fleet.favourites.services.waiting import mail_waiting_riders
from webapp.fleet.live_map.bounding_box import BoundingBox
from webapp.fleet.live_map.services import _read_changes, _read_full_map
from webapp.fleet.models import public_key_condition
from webapp.fleet.pricing import queries as plan_queries
from webapp.fleet.pricing import services as plan_services
from webapp.fleet.queries.details import get_owner_vehicle_details
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import list_nearest, list_owner_vehicles, list_vehicles
from webapp.fleet.queries.vehicles import find_public_vehicle
from webapp.fleet.reports import photo_retention, staff_services
from webapp.fleet.reports import services as reports
from webapp.fleet.reports.enums import OPEN_STATES, ReportKind, ReportState
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
from webapp.fleet.services.add import add_vehicle
from webapp.fleet.services.edit import edit_vehicle
from webapp.fleet.services.remove import remove_vehicle, remove_vehicles_of_account
from webapp.fleet.unlock_codes.label_sheets import list_city_sheet, list_owner_sheet
from webapp.fleet.unlock_codes.services import find_vehicle_by_code
from webapp.fleet.zones import cache as zone_cache
from webapp.fleet.zones import services as zones
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.rules import CityZones
from webapp.fleet.zones.zone_files import ZoneFile
from webapp.personal_data import ExportSection
from webapp.regions.geography import Place, Point
from webapp.riders import personal_data
from webapp.riders import queries as rider_queries
from webapp.riders.services.account_deletion import delete_account
from webapp.riders.services.profile import ProfileData, save_profile
from webapp.riders.wallet import ledger
from webapp.riders.wallet.entries import credit_entry, ride_entry
from webapp.riders.wallet.enums import PaymentState
from webapp.riders.wallet.personal_data import EXPORT_SECTIONS as WALLET_SECTIONS
from webapp.riders.wallet.queries import overview
from webapp.riders.wallet.queries import payments as payment_queries
from webapp.riders.wallet.queries.payments import (
    find_payment,
    read_payout_amounts,
)
from webapp.riders.wallet.services import closing, payments, payouts
from webapp.rides import history, refusal_reasons
from webapp.rides import queries as rides
from webapp.rides.disputes import queries as dispute_queries
from webapp.rides.disputes import statements as dispute_statements
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.personal_data import EXPORT_SECTIONS as DISPUTE_SECTIONS
from webapp.rides.models import Ride
from webapp.rides.personal_data import EXPORT_SECTIONS as RIDE_SECTIONS
from webapp.rides.reservations import queries as reservation_queries
from webapp.rides.reservations import services as reservations
from webapp.rides.reservations import statements as reservation_statements
from webapp.rides.reservations.personal_data import EXPORT_SECTION as RESERVATION_SECTION
from webapp.rides.services import (
    end_snapshot,
    end_statement,
    overdue,
    paths,
    pause,
    rating,
    reminders,
    start,
)
from webapp.rides.services import staff as staff_rides
from webapp.rides.services.path_points import PathPoint
from webapp.rides.trip_import import services as trip_import
from webapp.web import rate_limits
from webapp.web.roles import Role


def _read_section(section: ExportSection) -> list[object]:
    return list(section.rows(RIDER))


def in_account_deletion(hook: Callable[[Session, RowKey], object]) -> Callable[[], None]:
    """Return a call of a hook of account deletion, which gets a session."""

    def run() -> None:
        transactions.run_transaction(lambda session: hook(session, RIDER))

    return run


def execute(make: Callable[[], Executable]) -> Callable[[], None]:
    """Return a call that executes the statement that ``make`` returns."""

    def run() -> None:
        statement = make()
        transactions.run_transaction(lambda session: session.execute(statement))

    return run


def _end(place: Place) -> Callable[[], None]:
    set_committed_value(RIDE_END.ride, "plan", PLAN)
    return execute(lambda: end_statement.end_ride_statement(RIDER, RIDE_END, place, 0, RIDER))


def _answer(text: str, refund: int, state: DisputeState) -> Callable[[], None]:
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
    return execute(
        lambda: dispute_statements.answer_dispute_statement(
            USER.key, CASE, MESSAGE, text, refund, state
        )
    )


#: Money: the wallet and its payments.
MONEY: dict[str, Callable[[], Any]] = {
    "a wallet": lambda: overview.read_wallet(RIDER, AFTER),
    "all entries of a wallet": lambda: list(overview.stream_entries(RIDER)),
    "the balances of a rider": lambda: ledger.read_balances(RIDER),
    "what can be paid out": lambda: read_payout_amounts(RIDER),
    "start a payment": lambda: payments.start_payment(RIDER, payments.TopUp(1000, "EUR"), str),
    "a payment": lambda: find_payment(RIDER, PAYMENT.id),
    "settle a paid payment": execute(lambda: payments._settle_paid_statement(PAYMENT)),
    "settle a failed payment": execute(
        lambda: payments._settle_statement(PAYMENT, PaymentState.FAILED)
    ),
    "pending payments": lambda: payment_queries._read_pending_payments(RIDER.region, PAYMENT),
    "send payouts": lambda: payouts.send_payouts(RIDER),
    "mark a payout as done": execute(lambda: payouts._payout_done_statement(PAYMENT)),
    "give credit": execute(
        lambda: ledger.entry_statement(credit_entry(RIDER, UUID(int=12), "EUR", 250))
    ),
    "an entry without amounts": execute(
        lambda: ledger.entry_statement(ride_entry(RIDER, RIDE.id, "EUR", 0, 0))
    ),
    "close the wallet of a deleted account": in_account_deletion(closing.close_wallet),
}

LONG_RIDES: dict[str, Callable[[], Any]] = {
    "the progress of a path": lambda: paths._read_progress(RIDER, RIDE),
    "append points to a path": execute(
        lambda: paths.append_points_statement(
            RIDER, RIDE, paths.PathProgress(60, 7, None), [PathPoint(5, 40.7, -74.0)]
        )
    ),
    "the path of a ride": lambda: paths.read_path(RIDER, RIDE),
    "delete the paths of an account": in_account_deletion(paths.delete_paths),
    "report overdue rides": execute(lambda: overdue.report_overdue_statement(NEW_YORK, AFTER[0])),
    "remind riders of long rides": execute(lambda: reminders.remind_statement(NEW_YORK, AFTER[0])),
    "open rides of a city": lambda: staff_rides.list_open_rides(NEW_YORK, AFTER),
    "one ride, for staff": lambda: staff_rides.find_staff_ride(USER, RIDE),
    "the account of imported rides": lambda: trip_import._ensure_import_rider(NEW_YORK),
    "import trips": lambda: trip_import.write_batch(
        TRIP_IMPORT,
        [IMPORTED_RIDE],
        trip_import.last_places([IMPORTED_RIDE]),
        trip_import.TripImportResult(),
    ),
    "charge for imported rides": in_account_deletion(
        lambda session, _: ledger.write_entries(
            session, [trip_import._charge(TRIP_IMPORT, IMPORTED_RIDE)]
        )
    ),
}

SERVICES: dict[str, Callable[[], Any]] = {
    **MONEY,
    "start a ride": lambda: start.start_ride(RIDER, VEHICLE, PLAN.id),
    "why a ride was refused": lambda: refusal_reasons.read_refusal_facts(
        RIDER, public_key_condition(VEHICLE), RIDE
    ),
    "read the end of a ride": lambda: end_snapshot.read_ride_end(
        cast(Session, db.session), RIDER, RIDE
    ),
    "end a ride": _end(PLACE),
    "end a ride at a typed place": _end(Place("here", Point(40.7359, -73.9911))),
    **LONG_RIDES,
    "pause a ride": lambda: pause.pause_ride(RIDER, RIDE),
    "resume a ride": lambda: pause.resume_ride(RIDER, RIDE),
    "reserve a vehicle": lambda: reservations.reserve_vehicle(RIDER, VEHICLE),
    "extend a reservation": execute(
        lambda: reservation_statements.extend_reservation_statement(
            RIDER, RESERVATION, AFTER[0], reservations.extension_price(PLAN)
        )
    ),
    "cancel a reservation": lambda: reservations.cancel_reservation(RIDER),
    "a reserved vehicle": lambda: reservation_queries.find_reserved_vehicle(RESERVATION),
    "one ride": lambda: rides.find_ride(RIDER, RIDE),
    "the rides of a rider": lambda: history.list_rides(RIDER, AFTER),
    "vehicles of a city": lambda: list_vehicles(FILTER, None),
    "vehicles of a city, the next page": lambda: list_vehicles(FILTER, AFTER[1:]),
    "vehicles of a type in several states": lambda: list_vehicles(NARROW_FILTER, AFTER[1:]),
    "vehicles with their owner": lambda: list_vehicles(FILTER, None, with_owner=True),
    "nearest vehicles": lambda: list_nearest(FILTER, Point(40.7, -74.0), 2_000, None),
    "nearest vehicles, the next page": lambda: list_nearest(
        NARROW_FILTER, Point(40.7, -74.0), 2_000, (812, UUID(int=4))
    ),
    "vehicles of an owner": lambda: list_owner_vehicles(RIDER, AFTER),
    "add a vehicle": lambda: add_vehicle(USER, NEW_YORK, DESCRIPTION),
    "a vehicle by its public key": lambda: find_public_vehicle(VEHICLE),
    "a vehicle by its code": lambda: find_vehicle_by_code(
        "22222-22222", None, "192.0.2.1", VEHICLE.region
    ),
    "details of a vehicle, for its owner": lambda: get_owner_vehicle_details(RIDER, VEHICLE),
    "a sheet of labels of an owner": lambda: list_owner_sheet(RIDER, AFTER),
    "a sheet of labels of a city": lambda: list_city_sheet(NEW_YORK, AFTER),
    "edit a vehicle": lambda: edit_vehicle(RIDER, VEHICLE, DESCRIPTION),
    "remove a vehicle": lambda: remove_vehicle(RIDER, VEHICLE),
    "sign in by username": lambda: users.find_user("Ada"),
    "sign in by e-mail": lambda: users.find_user("Ada@example.org"),
    "the account of a session": lambda: sessions.find_user(SESSION),
    "register": lambda: registration.register(PERSON, DEVICE),
    "sign in: find the account": lambda: login.prepare_attempt(User.username == "ada", DEVICE),
    "count an attempt": lambda: rate_limits.count_attempt([BUCKET]),
    "start a session": lambda: login.sign_in(LOGIN_ATTEMPT, DEVICE, remember=False, password="x"),
    "update when a session was last used": lambda: sessions.update_last_seen(SESSION),
    "end a session": lambda: sessions.end_session(RIDER, SESSION.id),
    "end all other sessions": lambda: sessions.end_other_sessions(RIDER, SESSION),
    "sessions of a rider": lambda: second_factor.find_status_and_sessions(USER),
    "record a reauthentication": lambda: sessions.record_reauthentication(SESSION),
    "ask for a new password": lambda: password_reset.request_password_reset(
        "ada@example.org", DEVICE
    ),
    "find a link": lambda: email_links.find_link(TOKEN, EmailLinkPurpose.RESET),
    "confirm an address": lambda: email_confirmation.confirm_email(TOKEN),
    "ask for another address": lambda: email_change.request_email_change(
        USER, "new@example.org", DEVICE
    ),
    "confirm another address": lambda: email_change.confirm_email_change(TOKEN),
    "grant a role": lambda: role_grants.grant_role(RIDER, Role.FLEET),
    "revoke a role": lambda: role_grants.revoke_role(RIDER, Role.FLEET),
    "a profile": lambda: rider_queries.read_profile(RIDER),
    "save a profile": lambda: save_profile(
        RIDER, ProfileData(NEW_YORK, "Ada", "Lovelace", "I count.")
    ),
    "riders of a city": lambda: rider_queries.read_riders(NEW_YORK, AFTER),
    "remove the vehicles of a deleted account": in_account_deletion(remove_vehicles_of_account),
    "delete an account": lambda: delete_account(USER),
    "an account, for admins": lambda: find_account_details(USER, RIDER),
    "disable an account": in_account_deletion(
        lambda session, key: session.execute(staff_accounts.disable_statement(key))
    ),
    "enable an account": in_account_deletion(
        lambda session, key: session.execute(staff_accounts.enable_statement(key))
    ),
    "report a vehicle, with photos": lambda: reports.file_report(
        RIDER,
        VEHICLE,
        "nonce",
        ReportData(ReportKind.DAMAGE, True, "It squeaks.", [b"photo", b"another"]),
    ),
    "answer a report": lambda: staff_services.answer_report(
        REPORT, "new", ReportAnswer(ReportState.RESOLVED, "Fixed.", returns_to_service=True)
    ),
    "reports of a rider": lambda: list_own_reports(RIDER, AFTER),
    "one report of a rider": lambda: find_own_report(RIDER, REPORT.key),
    "a photo of a report": lambda: read_own_photo(RIDER, REPORT.key, 1),
    "reports of a city": lambda: list_queue(NEW_YORK, OPEN_STATES, AFTER),
    "one report, for staff": lambda: find_report_for_staff(USER, REPORT.key),
    "a photo of a report, for staff": lambda: read_photo_for_staff(USER, REPORT.key, 1),
    "rate a ride": execute(lambda: rating.rate_ride_statement(RIDER, RIDE, 4, "Smooth.")),
    "the months of a rider": lambda: history.list_months(RIDER, AFTER[0].date()),
    "rides of a rider, for a file": lambda: list(history.iterate_rides(RIDER)),
    "a disputed ride": lambda: dispute_queries.find_disputed_ride(RIDER, RIDE),
    "open a dispute": execute(
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
    "refund a ride": _answer("Sorry.", 100, DisputeState.ANSWERED),
    "import zones": lambda: zones.import_zones(
        NEW_YORK, ZoneFile("zones.json", False, [SQUARE]), zones.ZoneImportOptions()
    ),
    "change a zone": lambda: zones.change_zone(NEW_YORK, ZONE, name="Park", fee=500),
    "remove a zone": lambda: zones.remove_zone(NEW_YORK, ZONE),
    "remove the zones of a kind": lambda: zones.remove_zones(NEW_YORK, ZoneKind.SLOW),
    "the zones of a city": lambda: zone_cache.load_zones(NEW_YORK),
    "whether zones are unchanged": lambda: zone_cache.is_unchanged(
        NEW_YORK, CityZones(NEW_YORK, [], 25)
    ),
    "vehicles with words, of some types": lambda: list_vehicles(
        VehicleFilter(NEW_YORK, words="Red", range_m=5_000, types=frozenset({("car", "electric")})),
        AFTER[1:],
    ),
    "a box of the map": lambda: _read_full_map(FILTER, WINDOW),
    "a high box of the map": lambda: _read_full_map(FILTER, BoundingBox(0, 1, 1, 2)),
    "changes in a box of the map": lambda: _read_changes(NARROW_FILTER, WINDOW, AFTER[0]),
    "save a vehicle": lambda: save_vehicle(RIDER, VEHICLE),
    "wait for a vehicle": lambda: start_waiting(RIDER, VEHICLE),
    "stop waiting for a vehicle": lambda: stop_waiting(RIDER, VEHICLE),
    "remove a saved vehicle": lambda: remove_saved_vehicle(RIDER, VEHICLE),
    "a vehicle, and whether it is saved": lambda: find_vehicle_for_rider(RIDER, VEHICLE),
    "saved vehicles": lambda: list_saved_vehicles(RIDER),
    "delete photos of old reports": lambda: execute_write(
        photo_retention.delete_photos_statement(
            NEW_YORK, ReportState.RESOLVED, timedelta(days=180), AFTER
        )
    ),
    "riders who wait for a vehicle": lambda: mail_waiting_riders(
        [(RIDER.region, RIDER.id)], VEHICLE
    ),
    "save a place": lambda: add_place(RIDER, "Home", POINT),
    "remove a saved place": lambda: remove_place(RIDER, UUID(int=14)),
    "publish a plan": lambda: plan_services.publish_plan(NEW_YORK, TERMS, 2),
    "current plans": lambda: plan_queries.list_current_plans([NEW_YORK]),
    "versions of a plan": lambda: plan_queries.list_versions(
        NEW_YORK, ("other", "human"), AFTER_VERSION
    ),
    "events of a region": lambda: trail.events_page(AuditFilter("us-east1"), AFTER),
    "events of one kind in a period": lambda: trail.events_page(
        AuditFilter("us-east1", AuditKind.SIGNED_IN, None, AFTER[0], AFTER[0]), None
    ),
    "events of an account": lambda: trail.events_page(
        AuditFilter("us-east1", account=RIDER), AFTER
    ),
    **{
        f"my data: {section.name}": partial(_read_section, section)
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
