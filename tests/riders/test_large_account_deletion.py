"""The deletion of an account with many rows: it ends at once, and a worker deletes the rest in
slices."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, event, func, insert, literal, select, update

from tests.changed_rows import counting_rows
from tests.explain import connect_to_fill_tables, vacuum
from tests.factories import RowReader, UserFactory, VehicleFactory, find_city
from tests.job_steps import read_mails
from tests.riders.large_accounts import (
    _small_limit,  # noqa: F401 - a fixture
    count_due_deletions,
    finish,
    make_ada,  # noqa: F401 - a fixture
)
from tests.riders.steps import count_rows, make_profile
from tests.riders.wallet_steps import assert_consistent_ledger, charge, give_credit
from tests.rides.steps import MakeEndedRide, make_ended_ride  # noqa: F401 - a fixture
from webapp.audit.models import AuditEvent
from webapp.auth.models import Identity, LoginSession, SecondFactor, User
from webapp.auth.oidc.claims import IdentityClaims
from webapp.auth.services.identities import link_identity
from webapp.auth.services.second_factor_setup import SecondFactorAlreadyOn, start_setup
from webapp.auth.services.staff_accounts import close_account_statement, reopen_account_statement
from webapp.db.slices import SLICE
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.services.remove import OwnedVehicleInUse
from webapp.jobs.models import Job
from webapp.regions.geography import Place, Point
from webapp.riders.data_exports.models import DataExport
from webapp.riders.data_exports.services import request_data_export
from webapp.riders.digests.models import DigestChoice
from webapp.riders.digests.services import choose_digests
from webapp.riders.services.account_deletion import (
    RideNotEnded,
    delete_account,
)
from webapp.riders.services.profile import save_profile
from webapp.riders.wallet.models import Payment, WalletEntry, WalletLine
from webapp.riders.wallet.services.payments import TopUp, start_payment
from webapp.rides.models import Ride
from webapp.rides.services.end import end_ride
from webapp.rides.services.staff import list_open_rides
from webapp.rides.services.start import start_ride

pytestmark = pytest.mark.usefixtures("app_context")

INSERTED_AT_ONCE = 5_000
HERE = Place("here", Point(40.7359, -73.9911))


def find_own_vehicle(ada: User) -> Vehicle:
    """Return one of her two vehicles in New York; rides there may end at HERE."""
    is_own = (Vehicle.owner_id == ada.id) & (Vehicle.city == "new york")
    return db.session.scalars(select(Vehicle).where(is_own).limit(1)).one()


# --- at once --------------------------------------------------------------------------------------


def test_its_name_and_address_can_be_registered_again_at_once(
    app: Flask, ada: User, make_user: UserFactory, row: RowReader
) -> None:
    delete_account(ada)
    second = make_user("ada")
    finish(app)
    assert row(User, ada.key) is None
    assert row(User, second.key).email == "ada@example.org"


def test_one_mail_says_goodbye_and_nothing_else_is_sent(app: Flask, ada: User) -> None:
    request_data_export(ada.key)
    delete_account(ada)
    delete_account(ada)
    assert [(mail.to, mail.subject) for mail in read_mails(app)] == [
        (["ada@example.org"], "Your account has been deleted")
    ]


def test_the_rules_are_checked_before_it_ends(
    ada: User, make_user: UserFactory, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    own = find_own_vehicle(ada)
    bob = make_user("bob")
    ride = start_ride(bob.key, own.public_key)
    with pytest.raises(OwnedVehicleInUse):
        delete_account(ada)
    end_ride(bob.key, ride, HERE)
    ride = start_ride(ada.key, make_vehicle().public_key)
    with pytest.raises(RideNotEnded):
        delete_account(ada)
    assert row(User, ada.key).deleted_at is None
    end_ride(ada.key, ride, HERE)
    delete_account(ada)
    assert row(User, ada.key).deleted_at


@pytest.mark.parametrize("city", ["new york", "paris"])
def test_a_profile_that_is_saved_in_the_same_moment_does_not_come_back(
    ada: User, row: RowReader, city: str
) -> None:
    """Nor does the ended account move to another region."""
    delete_account(ada)
    with pytest.raises(NotFound):
        save_profile(ada.key, make_profile(city))
    ended: User = row(User, ada.key)
    assert ended.deleted_at
    assert ended.first_name == ""


@pytest.mark.parametrize("write", ["digests", "identity", "second factor", "payment", "archive"])
def test_nothing_that_is_sent_in_the_same_moment_is_written_for_an_account_that_has_ended(
    ada: User, write: str
) -> None:
    """It would stay until its job has deleted all; an identity could not open another account."""
    claims = IdentityClaims(
        "https://id.example", "ada", "ada@example.org", True, "Ada", "King", "ada"
    )
    writes: dict[str, Callable[[], object]] = {
        "digests": lambda: choose_digests(ada.key, rider=True, owner=True),
        "identity": lambda: link_identity(ada, claims),
        "second factor": lambda: start_setup(ada),
        "payment": lambda: start_payment(ada.key, TopUp(500, "USD"), str),
        "archive": lambda: request_data_export(ada.key),
    }
    delete_account(ada)
    events = count_rows(AuditEvent)
    with pytest.raises(SecondFactorAlreadyOn if write == "second factor" else NotFound):
        writes[write]()
    for model in (DigestChoice, Identity, SecondFactor, Payment, DataExport):
        assert count_rows(model) == 0
    assert count_rows(AuditEvent) == events


def test_it_costs_few_round_trips(ada: User, round_trips: Callable[[], int]) -> None:
    round_trips()
    delete_account(ada)
    assert round_trips() == 13, "how many rows; BEGIN, 7 checks, ending it, two jobs, COMMIT"


# --- the rest -------------------------------------------------------------------------------------


def add_rows(ada: User, vehicles: int, events: int, other: int) -> None:
    """Give an account many rows, in two regions."""
    own = {"region": ada.region, "id": func.gen_random_uuid()}
    rider = {"rider_region": ada.region, "rider_id": ada.id}
    vehicle_id = db.session.scalar(select(Vehicle.id).where(Vehicle.region == ada.region).limit(1))
    insert_rows(
        Vehicle, vehicles, **own, city="new york", owner_region=ada.region, owner_id=ada.id,
        form_factor="bicycle", propulsion_type="human", brand="", color="", state="available",
    )  # fmt: skip
    event = {"kind": "account.signed_in", "address": "192.0.2.1", "details": {}}
    insert_rows(AuditEvent, events // 2, **own, **event, actor_region=ada.region, actor_id=ada.id)
    elsewhere = {"region": "europe-west1", "id": func.gen_random_uuid()}
    insert_rows(AuditEvent, events // 2, **elsewhere, **event, subject=f"account {ada.key}")
    insert_rows(
        LoginSession, other, **own, user_id=ada.id, remember=False, second_factor=False,
        device=func.gen_random_uuid(), agent="", address="192.0.2.1",
    )  # fmt: skip
    insert_rows(
        Ride, other, **own, **rider, city="new york", vehicle_id=vehicle_id, ended_at=func.now()
    )
    insert_rows(WalletEntry, other, **own, rider_id=ada.id, kind="credit", currency="USD", note="")
    entries = table(WalletEntry).c
    lines = select(
        entries.region, entries.id, literal("rider"), literal(ada.id), literal("USD"), literal(1),
        literal(True),
    ).where(entries.rider_id == ada.id)  # fmt: skip
    names = ["region", "entry_id", "account", "rider_id", "currency", "amount", "in_balance"]
    with connect_to_fill_tables() as connection:
        connection.execute(insert(table(WalletLine)).from_select(names, lines))


def insert_rows(model: Any, number: int, **values: Any) -> None:
    """Insert rows that the database makes; some with each statement, on a machine however busy."""
    columns = table(model).c
    row = [
        value if isinstance(value, ColumnElement) else literal(value, columns[name].type)
        for name, value in values.items()
    ]
    for start in range(0, number, INSERTED_AT_ONCE):
        series = func.generate_series(1, min(INSERTED_AT_ONCE, number - start))
        statement = insert(columns.region.table).from_select(
            list(values), select(*row).select_from(series)
        )
        with connect_to_fill_tables() as connection:
            connection.execute(statement)


#: Tables with a foreign key to accounts.
DELETED_IN_SLICES = {
    "account_notes",
    "bulk_actions", "comment_flags",
    "dispute_messages", "disputes", "email_links", "follows", "idempotency_keys", "login_sessions", "notice_comments",
    "notifications", "payments", "reports", "rides",
    "saved_vehicles", "tasks", "vehicle_events", "vehicle_imports", "vehicles", "wallet_entries",
    "zone_versions",
}  # fmt: skip
#: The others, which go with the account, and why they have few rows of one.
FEW_ROWS = {
    "data_exports": "one",
    "digest_choices": "one",
    "notification_choices": "one",
    "scheduled_exports": "at most MAX_SCHEDULED",
    "grants": "one for each role",
    "api_tokens": "20 at most",
    "oauth_grants": "one for each app",
    "identities": "one for each provider, hardly more",
    "open_rides": "one",
    "passkeys": "MAX_PASSKEYS",
    "phone_numbers": "one",
    "profile_photos": "one",
    "profiles": "one",
    "rider_blocks": "MAX_BLOCKS of an owner; one for each owner who has blocked the rider",
    "recovery_codes": "as many as are made at a time",
    "reservations": "one",
    "saved_places": "MAX_SAVED_PLACES",
    "revenue_shares": "one each time that a share is set",
    "second_factors": "one",
    "vehicle_offers": "LIMIT_VEHICLE_OFFERS in a day, kept for a month",
    "terms_agreements": "one for each version of the terms",
    "text_versions": "what an admin publishes by hand",
    "notices": "what staff write by hand",
    "wallet_balances": "one for each currency",
}


@pytest.mark.slow
@pytest.mark.postgresql_plans  # its triggers, too
def test_no_statement_changes_more_rows_than_a_slice(app: Flask, ada: User, row: RowReader) -> None:
    add_rows(ada, vehicles=2_000, events=4_000, other=1_100)
    vacuum("vehicles", "events", "login_sessions", "rides", "wallet_entries", "wallet_lines")
    sent: list[str] = []

    def listen(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    with counting_rows() as read_largest:
        delete_account(ada)
        event.listen(db.engines["write"], "before_cursor_execute", listen)
        try:
            finish(app)
        finally:
            event.remove(db.engines["write"], "before_cursor_execute", listen)
        largest = read_largest()
    assert row(User, ada.key) is None
    assert {name for name, number in largest.items() if number == SLICE} >= {
        "vehicles", "events", "login_sessions", "rides", "wallet_entries", "wallet_lines",
    }  # fmt: skip
    assert max(largest.values()) == SLICE
    is_about_ada = {
        Vehicle: Vehicle.owner_id == ada.id,
        Ride: Ride.rider_id == ada.id,
        WalletEntry: WalletEntry.rider_id == ada.id,
        WalletLine: WalletLine.rider_id == ada.id,
        LoginSession: LoginSession.user_id == ada.id,
        AuditEvent: AuditEvent.address.is_not(None),
    }
    for model, condition in is_about_ada.items():
        count = select(func.count()).select_from(model).where(condition)
        assert db.session.scalar(count) == 0, model
    states = select(Vehicle.state).distinct()
    assert db.session.scalars(states).all() == ["removed"]
    slices = [statement for statement in sent if "LIMIT" in statement and "jobs" not in statement]
    assert len(slices) > 2_000 / SLICE + 4_000 / SLICE
    assert all("region = " in statement for statement in slices), "each is about one region"


def test_every_table_with_a_key_of_an_account_is_deleted_in_slices_or_has_few_rows(
    app: Flask,
) -> None:
    """A new table: delete it in slices (``Hooks.deletion_slices``), or say why it has few rows."""
    tables = {
        each.name
        for each in db.metadata.sorted_tables
        if any(key.column.table.name == "users" for key in each.foreign_keys)
    }
    assert tables == DELETED_IN_SLICES | set(FEW_ROWS)


def test_what_is_kept_loses_the_person(
    app: Flask,
    ada: User,
    make_ended_ride: MakeEndedRide,  # noqa: F811 - the fixture
    row: RowReader,
) -> None:
    ride = make_ended_ride(ada.key, "new york")
    charge(ada.key, 300)
    give_credit(ada.key, 1000)
    delete_account(ada)
    assert_consistent_ledger()
    finish(app)
    assert_consistent_ledger()
    assert row(User, ada.key) is None
    assert row(Ride, ride).rider_id is None
    assert db.session.scalar(select(func.count()).where(WalletEntry.rider_id.is_not(None))) == 0
    kinds = db.session.scalars(select(AuditEvent.kind).where(AuditEvent.actor_id == ada.id)).all()
    assert "account.deleted" in kinds


def test_the_reasons_of_staff_go_with_the_account(app: Flask, ada: User) -> None:
    for statement in (close_account_statement, reopen_account_statement):
        execute_write(statement(ada.key, "paris", "spoke of her illness"))
    delete_account(ada)
    finish(app)
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.city == "paris")).all()
    assert {event.kind for event in events} == {"account.disabled", "account.enabled"}
    assert all(event.details.keys() == {"before", "after"} for event in events)


def test_a_vehicle_that_was_taken_meanwhile_is_removed_after_its_ride(
    app: Flask, ada: User, make_user: UserFactory, row: RowReader
) -> None:
    own = find_own_vehicle(ada)
    bob = make_user("bob")
    delete_account(ada)
    ride = start_ride(bob.key, own.public_key)
    finish(app)
    assert row(User, ada.key), "its last vehicle is ridden"
    assert row(Vehicle, own.key).state == "on_trip"
    assert db.session.scalars(select(Vehicle.state)).all().count("removed") == 2
    end_ride(bob.key, ride, HERE)
    assert count_due_deletions() == 0, "it waits for some minutes"
    execute_write(update(table(Job)).where(Job.done_at.is_(None)).values(due_at=func.now()))
    finish(app)
    assert row(User, ada.key) is None
    assert row(Vehicle, own.key).state == "removed"


def test_a_ride_that_began_in_the_same_moment_is_ended(
    app: Flask, ada: User, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    """A start that has read the account before it ended may write the ride after it."""
    vehicle = make_vehicle()
    delete_account(ada)
    ride = start_ride(ada.key, vehicle.public_key)
    assert list_open_rides(find_city("new york"), None).rows == [], "staff see no empty name"
    finish(app)
    assert row(User, ada.key) is None
    assert row(Ride, ride).ended_at
    assert row(Vehicle, vehicle.key).state == "available"
    assert_consistent_ledger()
