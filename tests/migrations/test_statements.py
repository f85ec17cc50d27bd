"""The statements that carry the service, as CockroachDB gets them.

Kept in tests/golden (see golden.py). What PostgreSQL forgives and CockroachDB does not is asserted:
text becomes a region by a cast only, and one statement may change a table once.
"""

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from json import dumps
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy_cockroachdb.psycopg2 import CockroachDBDialect_psycopg2

from tests.migrations.golden import assert_golden
from webapp import events, mail, throttle
from webapp.auth import account, links, passwords, second_factor, sessions, signing_in, staff, trail
from webapp.auth import services as auth
from webapp.auth.devices import Device
from webapp.auth.links import Token
from webapp.auth.models import LoginSession, Purpose, User
from webapp.auth.trail import Question
from webapp.events import Kind
from webapp.fleet import holding as fleet_holding
from webapp.fleet import lists
from webapp.fleet import services as fleet
from webapp.fleet.words import IN_THE_STREET, FormFactor
from webapp.geo import Place, Point
from webapp.keys import RowKey
from webapp.regions import City
from webapp.riders import my_data
from webapp.riders import services as riders
from webapp.rides import holding as rides_holding
from webapp.rides import services as rides

REGIONS = {"us-east1", "us-west1", "europe-west1"}
RIDER = RowKey("europe-west1", UUID(int=1))
VEHICLE = RowKey("us-east1", UUID(int=2))
RIDE = RowKey("us-east1", UUID(int=3))
NEW_YORK = City(name="new york", label="New York", region="us-east1", lat=40.73, lon=-73.99)
PLACE = Place("here", Point(40.7, -74.0))
AFTER = (datetime(2026, 7, 1, tzinfo=UTC), UUID(int=4))
TOLD = fleet.Description("bike", "Riese", "red", PLACE)


class Asked(Exception):
    """Ends a service where it would speak to the database."""


@pytest.fixture
def ask(app, monkeypatch) -> Callable[[Callable[[], Any]], list[Any]]:
    """Call a service without a database; return the statements it would send."""
    sent: list[Any] = []

    def reading(statement: Any, *_: Any, **__: Any) -> Any:
        sent.append(statement)
        raise Asked

    def writing(work: Callable[[Session], Any], **_: Any) -> Any:
        answer = SimpleNamespace(
            first=lambda: None, all=lambda: [], one=lambda: None, one_or_none=lambda: USED
        )
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

    session = SimpleNamespace(scalars=reading, execute=reading, scalar=reading)
    reading_ones = (my_data, staff, trail, auth, fleet, links, lists, riders, rides, sessions)
    for module in (*reading_ones, second_factor, signing_in):
        monkeypatch.setattr(module, "db", SimpleNamespace(session=session))
    for module in (account, auth, fleet, riders, rides, sessions, signing_in, throttle):
        monkeypatch.setattr(module, "run_transaction", writing)
    for module in (account, signing_in):  # so that a service goes on to its own statement
        monkeypatch.setattr(
            module, "throttle", SimpleNamespace(**{**vars(throttle), "attempt": len})
        )
    monkeypatch.setattr(mail, "send_after_commit", lambda *_, **__: None)
    monkeypatch.setattr(events, "uuid4", lambda: EVENT)
    monkeypatch.setattr(sessions, "uuid4", lambda: SESSION.id)
    monkeypatch.setattr(auth, "uuid4", lambda: RIDER.id)
    monkeypatch.setattr(passwords, "hash_password", lambda _: "$2b$12$hash")
    monkeypatch.setattr(JSONB, "literal_processor", lambda *_: lambda value: f"'{dumps(value)}'")
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _: "s" * 32)
    monkeypatch.setattr(rides, "uuid4", lambda: RIDE.id)
    monkeypatch.setattr(fleet, "uuid4", lambda: VEHICLE.id)
    monkeypatch.setattr(fleet, "catalogue", lambda: SimpleNamespace(all=lambda: [NEW_YORK]))

    def statements(call: Callable[[], Any]) -> list[Any]:
        sent.clear()
        with app.app_context(), pytest.raises(Asked):
            call()
        return list(sent)

    return statements


def farewell(call):
    """Return the statements of a farewell, which gets its session."""

    def run():
        riders.run_transaction(lambda session: call(session, RIDER))

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
    grants=[],
)
USER.login = LoginSession(region=SESSION.region, id=SESSION.id)
USED = SimpleNamespace(
    region=RIDER.region,
    user_id=RIDER.id,
    purpose="change_new",
    email="new@example.org",
    first_name="Ada",
    created_at=AFTER[0],
)
DEVICE = Device(UUID(int=7), "Firefox", "192.0.2.1", None)
FOUND = signing_in.Candidate(USER, knows_device=True)
BUCKET = throttle.bucket("sign in, account", throttle.Limit(10, 900), "ada")
TOKEN = Token("europe-west1", "s" * 32)
PERSON = auth.Registration(NEW_YORK, "Ada", "Lovelace", "Ada", "Ada@example.org", "four words")
WANTED = lists.Wanted(NEW_YORK)
ANY = lists.Wanted(NEW_YORK, IN_THE_STREET, FormFactor.BICYCLE)

SERVICES: dict[str, Callable[[], Any]] = {
    "start a ride": lambda: rides.start_ride(RIDER, VEHICLE),
    "end a ride": lambda: rides.end_ride(RIDER, RIDE, PLACE),
    "end a ride at a typed place": lambda: rides.end_ride(RIDER, RIDE, Place("here")),
    "one ride": lambda: rides.ride_of(RIDER, RIDE),
    "history": lambda: rides.history(RIDER, AFTER),
    "newest vehicles": lambda: lists.newest(WANTED, None),
    "newest vehicles, the next page": lambda: lists.newest(WANTED, AFTER),
    "newest vehicles of a type in several states": lambda: lists.newest(ANY, AFTER),
    "newest vehicles with their owner": lambda: lists.newest(WANTED, None, with_owner=True),
    "nearest vehicles": lambda: lists.near(WANTED, Point(40.7, -74.0), 2_000, None),
    "nearest vehicles, the next page": lambda: lists.near(
        ANY, Point(40.7, -74.0), 2_000, (812, UUID(int=4))
    ),
    "vehicles of an owner": lambda: lists.of_owner(RIDER, AFTER),
    "add a vehicle": lambda: fleet.add_vehicle(USER, NEW_YORK, TOLD),
    "edit a vehicle": lambda: fleet.edit_vehicle(RIDER, VEHICLE, TOLD),
    "remove a vehicle": lambda: fleet.remove_vehicle(RIDER, VEHICLE),
    "sign in by username": lambda: auth.find_user("Ada"),
    "sign in by e-mail": lambda: auth.find_user("Ada@example.org"),
    "who is asking": lambda: sessions.find(SESSION),
    "register": lambda: auth.register(PERSON, DEVICE),
    "sign in: who it is": lambda: signing_in.look_up(User.username == "ada", DEVICE),
    "count a try": lambda: throttle.attempt([BUCKET]),
    "begin a session": lambda: signing_in.sign_in(FOUND, DEVICE, remember=False, password="x"),
    "note that a session is used": lambda: sessions.seen(SESSION),
    "end a session": lambda: sessions.end(RIDER, SESSION.id),
    "end all other sessions": lambda: sessions.end_others(RIDER, SESSION),
    "sessions of a rider": lambda: second_factor.status_and_sessions(USER),
    "show again who one is": lambda: sessions.renew_proof(SESSION),
    "ask for a new password": lambda: account.ask_reset("ada@example.org", DEVICE),
    "what a link is for": lambda: links.find(TOKEN, Purpose.RESET),
    "confirm an address": lambda: account.confirm_email(TOKEN),
    "ask for another address": lambda: account.ask_email_change(USER, "new@example.org", DEVICE),
    "confirm another address": lambda: account.confirm_email_change(TOKEN),
    "grant a role": lambda: auth.grant(RIDER, auth.Role.FLEET),
    "withdraw a role": lambda: auth.withdraw(RIDER, auth.Role.FLEET),
    "a profile": lambda: riders.profile_of(RIDER),
    "save a profile": lambda: riders.save_profile(
        RIDER, riders.Told(NEW_YORK, "Ada", "Lovelace", "I count.")
    ),
    "riders of a city": lambda: riders.riders_of(NEW_YORK, AFTER),
    "vehicles of who leaves": farewell(fleet.leave_the_street),
    "delete an account": lambda: riders.delete_account(USER),
    "an account, for admins": lambda: staff.account_at(USER, RIDER),
    "close an account": farewell(lambda session, key: session.execute(staff.closing(key))),
    "open an account again": farewell(lambda session, key: session.execute(staff.opening(key))),
    "events of a region": lambda: trail.page(Question("us-east1"), AFTER),
    "events of one kind, in some days": lambda: trail.page(
        Question("us-east1", Kind.SIGNED_IN, None, AFTER[0], AFTER[0]), None
    ),
    "events of an account": lambda: trail.page(Question("us-east1", account=RIDER), AFTER),
    **{
        f"my data: {holding.name}": lambda held=holding: list(held.rows(RIDER))
        for holding in (*my_data.holdings, fleet_holding.HELD, rides_holding.HELD)
    },
}
#: What is sought in all regions.
EVERYWHERE = ("ask for a new password", "delete an account")
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
