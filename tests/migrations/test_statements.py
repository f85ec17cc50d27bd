"""The statements that carry the service, as CockroachDB gets them.

Kept in tests/golden (see golden.py). What PostgreSQL forgives and CockroachDB does not is asserted:
text becomes a region by a cast only, and one statement may change a table once.
"""

import re
import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple, cast
from uuid import UUID

import pytest
from flask import Flask
from psycopg2.extensions import QuotedString, adapt
from psycopg2.extras import register_uuid
from sqlalchemy import ClauseElement, func, literal, null, select
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.orm import Session
from sqlalchemy_cockroachdb.psycopg2 import CockroachDBDialect_psycopg2

from tests.migrations.golden import assert_golden
from tests.migrations.sample_rows import (
    EVENT,
    NEW_YORK,
    PAYMENT,
    REGIONS,
    RIDE,
    RIDER,
    SESSION,
    USED,
    VEHICLE,
)
from tests.migrations.service_calls import SERVICES
from tests.null_order import find_open_null_order
from webapp import encryption, mail
from webapp.audit import writing as events
from webapp.auth import passwords
from webapp.auth.oauth.services import clients
from webapp.auth.passkeys import services as passkey_services
from webapp.auth.services import (
    email_change,
    email_confirmation,
    login,
    password_reset,
    registration,
    sessions,
)
from webapp.db import transactions
from webapp.exports import scheduled
from webapp.extensions import db
from webapp.fleet.alerts.settings import settings_cache
from webapp.fleet.favourites.services import places as saved_places
from webapp.fleet.feeds import writing
from webapp.fleet.pricing import services as plan_services
from webapp.fleet.services import add, places
from webapp.fleet.tasks import changes as task_changes
from webapp.fleet.vehicle_types.settings import types_cache, vehicle_types
from webapp.fleet.zones.cache import zone_cache
from webapp.jobs import writing as job_writing
from webapp.observability.execution import enter
from webapp.regions.catalogue import catalogue
from webapp.regions.data_regions import data_regions_cache
from webapp.riders.data_exports import statements as data_exports
from webapp.riders.photos import services as photo_services
from webapp.riders.wallet.services import payments
from webapp.rides.disputes import statements as dispute_statements
from webapp.rides.earnings.services import payout_reversals, payouts
from webapp.rides.models import Ride
from webapp.rides.reservations import services as reservations
from webapp.rides.reservations.statements import reserve
from webapp.rides.services import (
    end_statement,
    start,
)
from webapp.texts.published_texts import Texts, texts_cache
from webapp.web import rate_limits

#: Calls a service without a database and returns the statements that it would send.
CaptureStatements = Callable[[Callable[[], Any]], list["Captured"]]


register_uuid()  # SQLAlchemy does so for each connection


class StatementSent(Exception):
    """Ends a service at its first statement."""


class EmptyResult(list[Any]):
    """The result of every writing statement."""

    def first(self) -> None:
        return None

    one = first
    all = list[Any].copy

    def one_or_none(self) -> Any:
        return USED


class Captured(NamedTuple):
    """A statement, and the values with which one that is built once is executed."""

    statement: Any
    values: dict[str, object] | None


class FakeSession:
    """Records the statements of a unit of work."""

    def __init__(self, captured: list[Any]) -> None:
        self.sent = captured

    def execute(self, statement: Any, values: Any = None) -> EmptyResult:
        first = values[0] if isinstance(values, list) else values  # of many rows one shows it
        self.sent.append(Captured(statement, first))
        return EmptyResult()

    scalars = execute

    def scalar(self, statement: Any) -> Any:
        self.sent.append(Captured(statement, None))
        return getattr(statement, "is_update", False) or None

    def get_one(self, *_: Any) -> SimpleNamespace:
        return SimpleNamespace(**vars(USED), key=RIDER, email_confirmed_at=None, recipient=None)

    def flush(self) -> None:
        pass


@pytest.fixture
def capture_statements(app: Flask, monkeypatch: pytest.MonkeyPatch) -> CaptureStatements:
    """Call a service without a database; return the statements it would send."""
    return replace_database(app, monkeypatch)


def replace_database(app: Flask, monkeypatch: pytest.MonkeyPatch) -> CaptureStatements:
    captured: list[Any] = []

    def read(statement: Any, values: dict[str, object] | None = None, **_: Any) -> Any:
        captured.append(Captured(statement, values))
        raise StatementSent

    def write(work: Callable[[Session], Any], **_: Any) -> Any:
        work(cast(Session, FakeSession(captured)))
        raise StatementSent

    enter(None)  # a test before may have left the response to a request unread
    with app.app_context():  # what is kept in memory is not asked for, however long all calls take
        zone_rules = zone_cache().cities_with_rules
        caches = (catalogue().cache, zone_rules, settings_cache(), data_regions_cache())
        for cache in (*caches, types_cache(), texts_cache()):
            monkeypatch.setattr(cache, "clock", lambda: 0.0)
        catalogue().all()
        zone_rules.get(None, frozenset)
        settings_cache().get(None, dict)
        vehicle_types()
        data_regions_cache().get(None, list)
        texts_cache().get(None, lambda: Texts({}, {}))
    session = SimpleNamespace(scalars=read, execute=read, scalar=read, remove=lambda: None)
    monkeypatch.setattr(db, "session", session)
    monkeypatch.setattr(transactions._Attempt, "run", lambda _, work: write(work))
    # So that a service goes on to its own statement.
    for module in (email_change, email_confirmation, login, password_reset, payments, reservations):
        monkeypatch.setattr(
            module,
            "rate_limits",
            SimpleNamespace(**{**vars(rate_limits), "count_attempt": lambda *_, **__: 0.0}),
        )
    monkeypatch.setattr(saved_places, "uuid4", lambda: UUID(int=14))
    for module in (dispute_statements, payouts, payout_reversals):  # that of today would change
        monkeypatch.setattr(module, "find_month", lambda *_: date(2026, 11, 1))
    monkeypatch.setattr(payments, "uuid4", lambda: PAYMENT.id)
    monkeypatch.setattr(data_exports, "uuid4", lambda: UUID(int=17))
    monkeypatch.setattr(scheduled, "uuid4", lambda: UUID(int=24))
    monkeypatch.setattr(clients, "make_client_secret", lambda: "movr_app_s")
    for module in (mail, job_writing, passkey_services, photo_services):
        monkeypatch.setattr(module, "uuid4", lambda: UUID(int=15))
    monkeypatch.setattr(encryption, "encrypt", lambda *_: "sealed")
    monkeypatch.setattr(events, "uuid4", lambda: EVENT)
    monkeypatch.setattr(task_changes, "uuid4", lambda: UUID(int=21))
    monkeypatch.setattr(sessions, "uuid4", lambda: SESSION.id)
    monkeypatch.setattr(registration, "uuid4", lambda: RIDER.id)
    monkeypatch.setattr(passwords, "hash_password", lambda _: "$2b$12$hash")
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _: "s" * 32)
    monkeypatch.setattr(writing, "uuid4", lambda: VEHICLE.id)
    for module in (end_statement, reserve, start):
        monkeypatch.setattr(module, "uuid4", lambda: RIDE.id)
    monkeypatch.setattr(add, "uuid4", lambda: VEHICLE.id)
    monkeypatch.setattr(plan_services, "uuid4", lambda: UUID(int=8))
    monkeypatch.setattr(places, "catalogue", lambda: SimpleNamespace(all=lambda: [NEW_YORK]))

    def statements(call: Callable[[], Any]) -> list[Any]:
        captured.clear()
        with app.app_context(), pytest.raises(StatementSent):
            call()
        return list(captured)

    return statements


#: Services whose statements name no region.
ALL_REGIONS_SERVICES = (
    "ask for a new password", "unsubscribe from a digest",
    "the apps", "an app", "a family of tokens", "the keys of access tokens", "delete old keys of access tokens",
    "the key of push messages",
    "delete an account", "delete what is left of an account",
    "current plans", "versions of a plan",
    "import zones", "import the zones of a feed, and add them to others",
    "remove the zones of a kind", "the zones of a city", "end a zone", "end a zone later",
    "whether zones are unchanged", "cities that have rules of a feed",
    "the feeds of a city", "record the import of a feed", "the feeds of all cities",
    "the subscribed feeds of some cities",
    "the rules that are on", "rules and kinds of a city",
    "saved replies of a city", "a saved reply", "the texts that hold now", "the terms that riders must agree to", "the texts of a city",
    "the versions of a text", "the last version of a text", "a version of a text",
    "reservations that have lost a vehicle",
    "the notices of a city", "the pinned notices", "a notice", "the notices of a city, for staff",
)  # fmt: skip
#: Audit events store the region of an account as text, because they outlive the region.
AUDIT_EVENT_INSERT = r"(?<=INSERT INTO events ).*?(?=ON CONFLICT)"


class Service(NamedTuple):
    """A service, and the statements that it sends, as text."""

    name: str
    sent: list[Captured]
    compiled: list[Compiled]

    @property
    def texts(self) -> list[str]:
        return list(map(str, self.compiled))


@pytest.fixture(scope="module", params=SERVICES)
def service(app: Flask, request: pytest.FixtureRequest) -> Service:
    """One service after the other, each for all tests of it: what it sends is compiled once."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        sent = replace_database(app, monkeypatch)(SERVICES[request.param])
    return Service(request.param, sent, [compile_statement(each.statement) for each in sent])


def compile_statement(statement: ClauseElement) -> Compiled:
    return statement.compile(dialect=CockroachDBDialect_psycopg2())


def render_statement(statement: ClauseElement, values: dict[str, object] | None = None) -> str:
    """Return the statement as psycopg2 sends it: it puts the values in place."""
    compiled: Any = compile_statement(statement)
    expanded = compiled.construct_expanded_state(values)
    processors = {**compiled._bind_processors, **expanded.processors}
    texts = {
        name: quote_value(processors[name](value) if name in processors else value)
        for name, value in expanded.parameters.items()
    }
    return re.sub(r" +$", "", expanded.statement % texts, flags=re.M)


def quote_value(value: object) -> str:
    """Return a value as psycopg2 writes it into a statement."""
    adapted = adapt(value)
    if isinstance(adapted, QuotedString):
        adapted.encoding = "utf-8"
    return str(adapted.getquoted().decode())


def test_the_statements_match_the_golden_file(capture_statements: CaptureStatements) -> None:
    parts = []
    for name, call in SERVICES.items():
        parts.append(f"-- {name}\n")
        parts += [render_statement(*sent) + ";\n" for sent in capture_statements(call)]
        parts.append("\n")
    assert_golden("statements.cockroachdb.sql", "".join(parts))


def test_a_region_is_always_cast_to_the_databases_type(service: Service) -> None:
    for (_, values), compiled in zip(service.sent, service.compiled, strict=True):
        params = compiled.construct_params(values) or {}
        regions = [key for key, value in params.items() if str(value) in REGIONS]
        lists = [value for value in params.values() if isinstance(value, list)]
        everywhere = service.name in ALL_REGIONS_SERVICES or service.name.startswith("sign in")
        is_named = regions or any(REGIONS.issuperset(map(str, each)) for each in lists)
        assert bool(is_named) or everywhere, "the statement names no region"
        sql = re.sub(AUDIT_EVENT_INSERT, "", str(compiled), flags=re.DOTALL)
        for key in regions:
            if "account_region" in key or key == "origin":  # plain text: see OUTLIVES_REGIONS
                continue
            bare = re.sub(rf"CAST\(%\({key}\)s AS crdb_internal_region\)", "", sql)
            assert f"%({key})s" not in bare, key


def test_no_statement_changes_a_table_twice(service: Service) -> None:
    for sql in service.texts:
        changed = re.findall(
            r"\b(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)", sql.replace("DO UPDATE SET", "")
        )
        assert len(changed) == len(set(changed)), changed


#: These read an index in its own order. Where NULLs stand does not matter: more rows than the limit
#: are all left out, or the condition (``cell IN``) leaves no NULL.
ORDER_OF_AN_INDEX = {"nearest vehicles when few have the type", "followers of places"}


def test_each_order_says_where_nulls_stand(service: Service) -> None:
    for statement, _ in service.sent:
        assert service.name in ORDER_OF_AN_INDEX or find_open_null_order(statement) == []


def test_an_order_that_leaves_nulls_open_would_be_noticed() -> None:
    inner = select(Ride.id, Ride.ended_at, Ride.started_at).subquery()
    for term in (Ride.ended_at, Ride.ended_at.desc(), inner.c.ended_at, Ride.ended_at > func.now()):
        assert find_open_null_order(select(Ride.id).order_by(term))
    nested = select(select(Ride.id).order_by(Ride.ended_at).limit(1).subquery())
    assert find_open_null_order(nested)
    for fine in (Ride.ended_at.desc().nulls_last(), Ride.started_at, inner.c.started_at,
                 func.coalesce(Ride.ended_at, Ride.started_at)):  # fmt: skip
        assert not find_open_null_order(select(Ride.id).order_by(fine)), fine


def test_values_are_written_as_psycopg2_sends_them(app: Flask) -> None:
    values = [
        timedelta(hours=2),
        RIDE.id,
        datetime(2026, 7, 1, tzinfo=UTC),
        "it's é",
        -1.5,
        3,
        True,
    ]
    statement = select(*map(literal, values), null())
    with app.app_context(), db.engine.connect() as connection:
        cursor = connection.connection.cursor()
        compiled = statement.compile(db.engine)
        processed = {
            key: compiled._bind_processors.get(key, lambda value: value)(value)
            for key, value in compiled.params.items()
        }
        expected = cursor.mogrify(str(compiled), processed).decode()
    assert render_statement(statement) == expected


def test_no_float_is_divided_by_a_decimal(service: Service) -> None:
    """CockroachDB has no such operator; PostgreSQL converts."""
    for sql in service.texts:
        assert "AS NUMERIC" not in sql


def test_no_subquery_joins_a_table_by_a_comma(service: Service) -> None:
    """SQLAlchemy lists the target of an INSERT in the subqueries of its ON CONFLICT, unasked. They
    would be about any row of the table."""
    for sql in service.texts:
        assert not re.search(r"FROM \w+, \w+", sql)


@pytest.mark.parametrize("name", ["start a ride", "end a ride"])
def test_a_ride_starts_and_ends_in_one_statement(
    capture_statements: CaptureStatements, name: str
) -> None:
    ((statement, _),) = capture_statements(SERVICES[name])
    sql = str(compile_statement(statement))
    for table in ("vehicles", "rides", "open_rides"):
        assert re.search(rf"(INSERT INTO|UPDATE|DELETE FROM) {table}\b", sql), table


#: Statements with several rows of VALUES, whose text depends on how many there are.
MULTI_ROW_SERVICES = (
    "import trips", "charge for imported rides", "import zones",
    "import the zones of a feed, and add them to others",
    "import vehicles", "move a zone in the order of its city",
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in MULTI_ROW_SERVICES])
def test_each_statement_is_compiled_once(capture_statements: CaptureStatements, name: str) -> None:
    """SQLAlchemy finds the compiled text by a key that is the same whatever the values are."""
    for (first, _), (repeated, _) in zip(
        capture_statements(SERVICES[name]), capture_statements(SERVICES[name]), strict=True
    ):
        assert first._generate_cache_key() is not None
        assert first._generate_cache_key() == repeated._generate_cache_key()
