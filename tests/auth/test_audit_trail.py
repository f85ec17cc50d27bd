"""Reading the audit trail: in pages, filtered, and as a file."""

import csv
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import insert, text

from tests.explain import connect_to_fill_tables, explain_plan
from tests.factories import UserFactory
from tests.visitor import Visitor
from webapp.audit import queries as trail
from webapp.audit.enums import AuditKind
from webapp.audit.labels import AUDIT_KIND_LABELS
from webapp.audit.models import AuditEvent
from webapp.audit.queries import AuditFilter
from webapp.audit.writing import audit_subject
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.extensions import db

EventWriter = Callable[..., UUID]
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def boss(make_user: UserFactory) -> User:
    return make_user("boss", roles=["admin"])


@pytest.fixture
def admin(visitor: Visitor, boss: User) -> Visitor:
    return visitor.sign_in(boss)


@pytest.fixture
def write_event(app: Flask) -> EventWriter:
    """Write an event: ``write_event(Kind.SIGNED_IN, actor=ada, minute=5)``; return its id."""

    def write(
        kind: AuditKind = AuditKind.SIGNED_IN,
        *,
        actor: User | None = None,
        to: User | None = None,
        minute: float = 0,
        region: str = "us-east1",
        **columns: Any,
    ) -> UUID:
        id_ = uuid4()
        row = {
            "region": region,
            "id": id_,
            "at": NOON + timedelta(minutes=minute),
            "kind": kind.value,
            "actor_region": actor.region if actor else None,
            "actor_id": actor.id if actor else None,
            "subject": audit_subject("account", to.key) if to else None,
            "address": "192.0.2.7",
            "details": {},
            **columns,
        }
        with app.app_context(), db.engines["write"].begin() as connection:
            connection.execute(insert(AuditEvent).values(row))
        return id_

    return write


def read_event_ids(app: Flask, **filter_values: Any) -> list[UUID]:
    """Return what the first pages show of ``us-east1``, to their end."""
    event_ids: list[UUID] = []
    with app.app_context():
        audit_filter, after = AuditFilter(**{"region": "us-east1", **filter_values}), None
        while True:
            page = trail.find_events_page(audit_filter, after)
            event_ids += [event.id for event in page.rows]
            if not page.after:
                return event_ids
            after = (page.rows[-1].at, page.rows[-1].id)


def read_csv_rows(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(response.text)))


def test_every_kind_of_event_has_a_label() -> None:
    assert set(AUDIT_KIND_LABELS) == set(AuditKind)
    assert len({str(label) for label in AUDIT_KIND_LABELS.values()}) == len(AuditKind)


# --- pages -------------------------------------------------------------------------------------


def test_events_are_read_newest_first_and_each_once(app: Flask, write_event: EventWriter) -> None:
    event_ids = [write_event(minute=n // 3) for n in range(13)]
    write_event(region="europe-west1")
    listed_ids = read_event_ids(app)
    assert sorted(listed_ids) == sorted(event_ids)
    with app.app_context():
        moments = [db.session.get(AuditEvent, ("us-east1", id_)).at for id_ in listed_ids]  # type: ignore[union-attr]
    assert moments == sorted(moments, reverse=True)


def test_one_kind_of_events_is_read(app: Flask, write_event: EventWriter) -> None:
    write_event(AuditKind.SIGNED_IN)
    denied = write_event(AuditKind.ACCESS_DENIED)
    assert read_event_ids(app, kind=AuditKind.ACCESS_DENIED) == [denied]


def test_since_is_included_and_until_is_not(app: Flask, write_event: EventWriter) -> None:
    event_ids = [write_event(minute=n) for n in range(4)]
    since, until = NOON + timedelta(minutes=1), NOON + timedelta(minutes=3)
    assert read_event_ids(app, since=since) == event_ids[:0:-1]
    assert read_event_ids(app, until=until) == event_ids[2::-1]
    assert read_event_ids(app, since=since, until=until) == [event_ids[2], event_ids[1]]


def test_the_events_of_an_account_are_its_own_and_those_about_it_each_once(
    app: Flask, write_event: EventWriter, make_user: UserFactory, boss: User
) -> None:
    ada, bob = make_user("ada"), make_user("bob")
    expected_ids: list[UUID] = []
    for n in range(12):
        expected_ids += [
            write_event(actor=ada, to=ada, minute=3 * n),
            write_event(AuditKind.RIDE_STARTED, actor=ada, minute=3 * n + 1),
            write_event(AuditKind.ACCOUNT_CLOSED, actor=boss, to=ada, minute=3 * n + 2),
        ]
        write_event(actor=bob, to=bob, minute=3 * n)
    assert read_event_ids(app, account=ada.key) == expected_ids[::-1]
    assert read_event_ids(app, account=ada.key, kind=AuditKind.ACCOUNT_CLOSED) == expected_ids[::-3]


def test_events_of_an_account_are_found_in_its_former_region(
    app: Flask, write_event: EventWriter, make_user: UserFactory
) -> None:
    ada = make_user("ada")
    before = write_event(to=ada)
    assert read_event_ids(app, account=RowKey("europe-west1", ada.id)) == [before]


def test_the_page_shows_kind_actor_and_ip_address(
    admin: Visitor, write_event: EventWriter, make_user: UserFactory, boss: User
) -> None:
    ada = make_user("ada")
    write_event(
        AuditKind.ROLE_GRANTED, actor=boss, to=ada, details={"role": "fleet", "cities": ["paris"]}
    )
    write_event(AuditKind.SIGN_IN_FAILED, to=ada, request_id=uuid4())
    write_event(AuditKind.ROLE_REVOKED, to=ada)
    page = admin.get("/events").text
    for words in ("Granted a role", "account.role_granted", "192.0.2.7", "Not signed in", "Command line",
                  "role=", "paris", f"/users/{ada.key}/account", f"/users/{boss.key}/account",
                  "8:00:00"):  # fmt: skip
        assert words in page, words


def test_the_next_page_keeps_the_filter(admin: Visitor, write_event: EventWriter) -> None:
    for n in range(7):
        write_event(AuditKind.ACCESS_DENIED, minute=n)
        write_event(AuditKind.SIGNED_IN, minute=n)
    first = admin.get("/events?kind=access.denied&since=2026-07-01&until=2026-07-01").text
    assert first.count(">access.denied<") == 5
    more = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = admin.get(more).text
    assert second.count(">access.denied<") == 2
    assert ">account.signed_in<" not in first + second
    assert "No events found" in admin.get("/events?kind=ride.ended").text


def test_days_are_those_of_the_viewers_city(admin: Visitor, write_event: EventWriter) -> None:
    """Three in the morning in Greenwich is still the day before in New York."""
    write_event(minute=15 * 60)
    assert ">account.signed_in<" in admin.get("/events?until=2026-07-01").text
    assert ">account.signed_in<" not in admin.get("/events?since=2026-07-02").text


def test_another_region_is_chosen_from_the_catalogue(
    admin: Visitor, write_event: EventWriter
) -> None:
    write_event(region="europe-west1")
    assert ">account.signed_in<" not in admin.get("/events").text
    assert ">account.signed_in<" in admin.get("/events?region=europe-west1").text
    assert admin.get("/events?region=mars").status_code == 422


@pytest.mark.parametrize("name", ["ada", "ADA@example.org"])
def test_a_name_in_the_filter_becomes_a_key_in_the_url(
    admin: Visitor, write_event: EventWriter, make_user: UserFactory, name: str
) -> None:
    ada = make_user("ada")
    write_event(actor=ada)
    write_event(AuditKind.SIGNED_OUT)
    response = admin.get("/events", query_string={"account": name, "kind": "account.signed_in"})
    assert response.status_code == 302
    assert response.location == f"/events?account={ada.key}&kind=account.signed_in"
    page = admin.get(response.location).text
    assert ">account.signed_in<" in page
    assert ">account.signed_out<" not in page


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("account=nobody", "There is no account with that name."),
        ("since=yesterday", "Enter a date like 2026-07-31."),
        ("since=2026-02-30", "Enter a date like 2026-07-31."),
        ("since=0001-01-01", "this century"),
        ("until=9999-12-31", "this century"),
        ("kind=account.crowned", "Choose an option from the list."),
    ],
)
def test_an_invalid_filter_shows_its_error_at_the_field(
    admin: Visitor, asked: str, words: str
) -> None:
    response = admin.get(f"/events?{asked}")
    assert response.status_code == 422
    assert words in response.text
    assert admin.get(f"/events.csv?{asked}").status_code == 404


def test_a_cursor_that_cannot_be_read_is_not_found(admin: Visitor) -> None:
    assert admin.get("/events?after=nonsense").status_code == 404


def test_what_staff_did_in_a_city_is_read_in_its_region(
    admin: Visitor, write_event: EventWriter
) -> None:
    write_event(AuditKind.TASK_DONE, city="paris", region="europe-west1")
    write_event(AuditKind.SIGNED_IN, region="europe-west1")
    page = admin.get("/events?city=paris&region=us-east1").text
    assert ">task.done<" in page
    assert ">account.signed_in<" not in page


def test_the_events_about_a_thing_are_read(admin: Visitor, write_event: EventWriter) -> None:
    zone = f"zone {uuid4()}"
    write_event(AuditKind.ZONE_CHANGED, subject=zone, city="new york")
    write_event(AuditKind.CITY_CHANGED, subject="city new york", city="new york")
    page = admin.get("/events", query_string={"subject": zone}).text
    assert ">fleet.zone_changed<" in page
    assert ">city.changed<" not in page
    assert "Show all events" in page
    for nonsense in ("zone 1", "zone", "account x", "vehicle a.b"):
        page = admin.get("/events", query_string={"subject": nonsense}).text
        assert "No events found" in page, nonsense


def test_admins_of_some_cities_read_what_staff_did_in_these(
    visitor: Visitor, make_user: UserFactory, write_event: EventWriter
) -> None:
    """Not what people did with their accounts, nor what staff did elsewhere."""
    visitor.sign_in(make_user(city="paris", roles={"admin": ["paris"]}))
    for city in ("paris", "rome", None):
        write_event(city=city, region="europe-west1", subject=f"city {city}")
    write_event(city="new york")
    for path in ("/events", "/events?city=paris", "/events?subject=city+paris"):
        assert visitor.get(path).text.count(">account.signed_in<") == 1, path
    assert len(read_csv_rows(visitor.get("/events.csv"))) == 1
    assert visitor.get("/events?city=new+york").status_code == 404
    assert visitor.get("/events.csv?city=rome").status_code == 404
    assert "No events found" in visitor.get("/events?subject=city+rome").text
    assert 'href="/events"' in visitor.get("/").text


def test_admins_of_some_cities_learn_nothing_of_persons_of_other_cities(
    visitor: Visitor, make_user: UserFactory, write_event: EventWriter
) -> None:
    """A guest of another city, who has worked in Paris, and elsewhere: the admin of Paris reads
    the first, does not find the person by name, and gets no name."""
    visitor.sign_in(make_user(city="paris", roles={"admin": ["paris"]}))
    guest = make_user("gina", city="boston")
    here = {"actor": guest, "region": "europe-west1"}
    write_event(AuditKind.ZONE_CHANGED, city="paris", subject="city paris", **here)
    write_event(AuditKind.TASK_DONE, city="rome", subject="city rome", **here)
    write_event(AuditKind.SIGNED_IN, to=guest, **here)
    for name in ("gina", "gina@example.org"):
        page = visitor.get(f"/events?account={name}")
        assert page.status_code == 422, "as for a name that nobody has"
        assert str(guest.id) not in page.text
        assert visitor.get(f"/events.csv?account={name}").status_code == 404
    page = visitor.get(f"/events?account={guest.key}")
    assert page.text.count("<code>") == page.text.count(">fleet.zone_changed<") == 1
    assert "Gina" not in page.text
    assert len(read_csv_rows(visitor.get(f"/events.csv?account={guest.key}"))) == 1
    for subject in (f"account {guest.key}", "city rome"):
        assert "No events found" in visitor.get(f"/events?subject={subject}").text


def test_the_page_of_an_account_shows_admins_what_staff_did_in_their_cities(
    visitor: Visitor, make_user: UserFactory, write_event: EventWriter
) -> None:
    """Ada lived in Rome before, and works there."""
    ada, here = make_user("ada", city="paris"), {"region": "europe-west1"}
    write_event(AuditKind.ACCOUNT_CLOSED, to=ada, city="rome", **here)
    write_event(AuditKind.TASK_DONE, actor=ada, city="rome", subject="city rome", **here)
    write_event(AuditKind.ACCOUNT_REOPENED, to=ada, city="paris", **here)
    write_event(AuditKind.SIGNED_IN, actor=ada, **here)
    page = f"/users/{ada.key}/account"
    kinds = re.compile(r"<code>([a-z_]+\.[a-z_]+)</code>")
    visitor.sign_in(make_user(city="paris", roles={"admin": ["paris"]}))
    assert set(kinds.findall(visitor.get(page).text)) == {"account.enabled", "account.signed_in"}
    visitor.sign_in(make_user(roles=["admin"]))
    assert len(kinds.findall(visitor.get(page).text)) == 4


def test_the_menu_of_admins_links_to_the_audit_trail(admin: Visitor) -> None:
    assert 'href="/events"' in admin.get("/").text


def test_a_page_of_events_costs_two_round_trips_and_one_for_names(
    admin: Visitor, boss: User, write_event: EventWriter, round_trips: Callable[[], int]
) -> None:
    write_event(actor=boss)
    admin.get("/")
    round_trips()
    names = {"": 1, "?kind=ride.ended": 0, f"?account={boss.key}": 1, "?account=boss": 0}
    for asked, names_read in names.items():
        admin.get(f"/events{asked}")
        assert round_trips() == 2 + names_read, asked


# --- indexes -----------------------------------------------------------------------------------


@pytest.fixture
def a_long_trail(app: Flask, make_user: UserFactory) -> User:
    """Many events of many people; return one of them."""
    if not str(app.config["SQLALCHEMY_DATABASE_URI"]).startswith("postgresql"):
        pytest.skip("reads PostgreSQL's plans")
    ada = make_user("ada")
    many = """
        INSERT INTO events
          (region, id, at, kind, actor_region, actor_id, subject, city, details)
        SELECT 'us-east1', gen_random_uuid(), now() - n * interval '1 minute',
          CASE n % 50 WHEN 0 THEN 'access.denied' ELSE 'ride.started' END, 'us-east1',
          CASE n % 100 WHEN 1 THEN CAST(:id AS uuid) ELSE gen_random_uuid() END,
          CASE n % 100 WHEN 2 THEN 'account us-east1.' || :id ELSE 'ride ' || n END,
          CASE n % 50 WHEN 3 THEN 'new york' END, '{}'
        FROM generate_series(1, 8000) AS n
    """
    with app.app_context(), connect_to_fill_tables() as connection:
        connection.execute(text(many), {"id": str(ada.id)})
        connection.execute(text("ANALYZE events"))
    return ada


@pytest.mark.postgresql_plans
def test_every_filter_uses_its_index_on_a_long_audit_trail(app: Flask, a_long_trail: User) -> None:
    key, since = a_long_trail.key, datetime.now(UTC) - timedelta(days=4)
    filters = {
        "ix_events_at": AuditFilter("us-east1"),
        "ix_events_kind": AuditFilter("us-east1", kind=AuditKind.ACCESS_DENIED, since=since),
        "ix_events_actor": AuditFilter("us-east1", account=key),
        "ix_events_subject": AuditFilter("us-east1", subject=f"account {key}"),
        "ix_events_city": AuditFilter("us-east1", city="new york", since=since),
    }
    for index, audit_filter in filters.items():
        for after in (None, (since + timedelta(days=2), UUID(int=1))):
            with app.app_context():
                plan = explain_plan(lambda q=audit_filter, a=after: trail.find_events_page(q, a))  # type: ignore[misc]
            assert index in plan.indexes, (index, after, plan.indexes)
            assert "Seq Scan" not in plan.nodes
            assert plan.most_rows <= 20, (index, after)


# --- the CSV file ----------------------------------------------------------------------------------


def test_the_csv_file_has_all_events_of_the_filter_read_in_batches(
    admin: Visitor,
    write_event: EventWriter,
    monkeypatch: pytest.MonkeyPatch,
    round_trips: Callable[[], int],
) -> None:
    monkeypatch.setattr(trail, "BATCH", 3)
    for n in range(9):
        write_event(AuditKind.ACCESS_DENIED, minute=n // 2, address=f"192.0.2.{n}")
    write_event(AuditKind.SIGNED_IN)
    round_trips()
    response = admin.get("/events.csv?kind=access.denied")
    assert round_trips() == 5, "who is asking, three batches, and the end"
    assert response.headers["Content-Disposition"] == "attachment; filename=movr-events.csv"
    assert response.mimetype == "text/csv"
    rows = read_csv_rows(response)
    assert sorted(row["address"] for row in rows) == [f"192.0.2.{n}" for n in range(9)]
    assert {row["kind"] for row in rows} == {"access.denied"}
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)


def test_the_csv_file_is_streamed(
    admin: Visitor, write_event: EventWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.web import responses

    monkeypatch.setattr(trail, "BATCH", 2)
    monkeypatch.setattr(responses, "CHUNK", 1)
    for n in range(6):
        write_event(minute=n)
    batches: list[int] = []
    read_events = trail._read_events

    def record_batch(*arguments: Any) -> Any:
        batches.append(1)
        return read_events(*arguments)

    monkeypatch.setattr(trail, "_read_events", record_batch)
    response = admin.get("/events.csv", buffered=False)
    parts = iter(response.response)
    next(parts)
    next(parts)
    assert len(batches) == 1
    assert len(list(parts)) == 6
    assert len(batches) == 4
    response.close()


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_of_the_csv_file_is_a_formula(
    admin: Visitor, write_event: EventWriter, formula: str
) -> None:
    write_event(subject=formula, address=formula)
    (row,) = (row for row in read_csv_rows(admin.get("/events.csv")) if row["subject"])
    assert (row["subject"], row["address"]) == (f"'{formula}", f"'{formula}")


def test_a_csv_file_without_events_has_its_header(admin: Visitor) -> None:
    assert admin.get("/events.csv?kind=ride.ended").text == (
        "at,kind,actor,subject,address,request_id,details\r\n"
    )
