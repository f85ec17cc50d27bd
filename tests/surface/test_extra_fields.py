"""A form changes what it names and nothing else: every column of every table is offered with it.

Forms are found on the pages, and columns in the schema: what is added later is tried too.
"""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Float, Integer, Uuid, select

from tests.factories import PASSWORD, UserFactory, VehicleFactory
from tests.surface.test_fuzz import Sheet, World, _Sheets
from webapp.extensions import db

#: What no honest form of this test says, so that it is known wherever it turns up.
FOREIGN = {
    Uuid: "deadbeef-dead-4eef-8eef-deadbeefdead",
    DateTime: "1999-09-09T09:09:09+00:00",
    Boolean: "true",
    Float: "12.345678",
    Integer: "987654",
    BigInteger: "987654",
}
#: Words that their columns would take, and that nothing here is about.
ALLOWED = {
    "region": "europe-west1",
    "city": "seattle",
    "state": "missing",
    "form_factor": "car",
    "propulsion_type": "hybrid",
    "role": "admin",
    "kind": "fleet.imported",
    "username": "foreign",
    "email": "foreign@example.org",
}
#: What such fields are called elsewhere.
LIKELY = {"is_admin": "1", "admin": "1", "roles": "admin", "grants": "admin", "key": "foreign"}
MARKS = ("foreign", "deadbeef", "1999-09-09", "12.345678", "987654")
#: What makes the forms succeed.
HONEST = {
    "city": "boston", "first_name": "Ann", "last_name": "Ho", "about": "Hello", "username": "annie",
    "email": "annie@example.org", "password": PASSWORD, "password_again": PASSWORD,
    "current": PASSWORD, "type": "bike", "brand": "Cube", "color": "red", "address": "By the sea",
    "lat": "40.73", "lon": "-73.99", "role": "fleet", "sure": "y", "remember": "",
}  # fmt: skip


def foreign(column: Column[Any]) -> str:
    kind = next((kind for kind in FOREIGN if isinstance(column.type, kind)), None)
    return ALLOWED.get(column.name) or (FOREIGN[kind] if kind else f"foreign {column.name}"[:16])


def extras() -> dict[str, str]:
    columns = [column for table in db.metadata.sorted_tables for column in table.c]
    return {**LIKELY, **{column.name: foreign(column) for column in columns}}


Cell = tuple[str, str, str, str]


def cells(app: Flask) -> set[Cell]:
    """Return every value that the database holds: its table, its row, its column, and itself."""
    with app.app_context():
        return {
            (table.name, str(tuple(row[key] for key in table.primary_key.c)), name, str(value))
            for table in db.metadata.sorted_tables
            if table.name != "cities"
            for row in db.session.execute(select(*table.c)).mappings()
            for name, value in ((column.name, row[column]) for column in table.c)
        }


def came_in(changed: set[Cell], sent: dict[str, str]) -> list[Cell]:
    """Return the values that came from a field of which the form knows nothing."""
    return [
        cell
        for cell in changed
        if any(mark in cell[3] for mark in MARKS)
        or (cell[2] in ALLOWED and cell[3] == sent.get(cell[2]))
        or (cell[2] in sent and cell[3] == "True")
    ]


@pytest.fixture
def world(
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    request: pytest.FixtureRequest,
) -> World:
    roles = request.param
    me, other = make_user("me", roles=roles or ()), make_user("other")
    make_vehicle(owner=me)
    client = app.test_client().sign_in(me)  # type: ignore[attr-defined]
    client.send("/account/email", email="mine@example.org")
    client.send("/forgotten", email=other.email)
    client.send(f"/rides/start/{make_vehicle().public_key}")
    return World(app, None if roles is None else me)


def links_in_mails(app: Flask) -> list[str]:
    bodies = [letter.body for letter in app.extensions["mailman"].outbox]
    return [path for body in bodies for path in re.findall(r"/(?:reset|account/email)/\S+", body)]


#: In this order, so that each still finds what it changes.
LATE = (
    "/login",
    "/account/email",
    "/remove",
    "/disable",
    "/sessions/end",
    "/end",
    "/logout",
    "/delete",
)


def sheets_of(world: World) -> list[Sheet]:
    """Return the forms that change something: of every page, and of what mails lead to."""
    found = world.sheets()
    for path in links_in_mails(world.app):
        page = _Sheets(path)
        page.feed(world.send("GET", path).text)
        found += page.found
    each = {sheet.action: sheet for sheet in found if sheet.method == "POST"}

    def place(sheet: Sheet) -> int:
        return next((n for n, end in enumerate(LATE, 1) if sheet.action.endswith(end)), 0)

    return sorted(each.values(), key=place)


@pytest.mark.parametrize(
    ("world", "must_work"),
    [
        (None, {"/login", "/register", "/forgotten", "/reset/<token>", "/account/email/<token>"}),
        ([], {"/users/me/edit", "/vehicles/add", "/rides/end/<key:ride_key>", "/account/password"}),
        (
            ["admin"],
            {"/users/<key:user_key>/account/roles", "/users/<key:user_key>/account/disable"},
        ),
    ],
    indirect=["world"],
    ids=["visitor", "rider", "admin"],
)
def test_no_form_takes_what_it_does_not_name(
    app: Flask, world: World, must_work: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAX_FORM_PARTS", 1000)  # there are more columns than that
    worked = set()
    for sheet in sheets_of(world):
        named = {name: HONEST.get(name, value) for name, value in sheet.fields.items()}
        sent = {name: value for name, value in extras().items() if name not in named}
        before = cells(app)
        fields = {**sent, **named, "csrf_token": world.token}
        answer = world.client.post(sheet.action, data=fields)
        assert came_in(cells(app) - before, sent) == [], sheet.action
        assert answer.status_code < 500, sheet.action
        assert answer.status_code not in (400, 413), sheet.action
        if answer.status_code < 400:
            rule, _ = app.url_map.bind("").match(
                sheet.action.partition("?")[0], "POST", return_rule=True
            )
            worked.add(rule.rule)
            if rule.rule != "/users/me/delete":
                world.enter()
    assert must_work <= worked


def test_what_comes_in_would_be_noticed(app: Flask, make_user: UserFactory) -> None:
    before = cells(app)
    make_user("foreign", city="seattle", roles=["admin"])
    noticed = came_in(cells(app) - before, extras())
    assert {"username", "city", "role"} <= {column for _, _, column, _ in noticed}
