"""A form changes the columns of its fields and no others: a value for every column of every table
is sent with it.

Forms are found on the pages, and columns in the schema: what is added later is tested too.
"""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Float, Integer, Uuid, select

from tests.factories import PASSWORD, UserFactory, VehicleFactory
from tests.job_steps import read_mails
from tests.surface.site import PageForm, Site, parse_forms
from webapp.extensions import db

#: Values that no field of a form has here, so that they are found wherever they are stored.
EXTRA_VALUES = {
    Uuid: "deadbeef-dead-4eef-8eef-deadbeefdead",
    DateTime: "1999-09-09T09:09:09+00:00",
    Boolean: "true",
    Float: "12.345678",
    Integer: "987654",
    BigInteger: "987654",
}
#: Values for columns that accept only some, and that no row of this test has.
VALID_EXTRA_VALUES = {
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
#: Names that other applications give to such fields.
COMMON_EXTRA_FIELDS = {
    "is_admin": "1",
    "admin": "1",
    "roles": "admin",
    "grants": "admin",
    "key": "foreign",
}
EXTRA_TEXTS = ("foreign", "deadbeef", "1999-09-09", "12.345678", "987654")
#: Values with which the forms succeed.
VALID_FIELDS = {
    "city": "boston", "first_name": "Ann", "last_name": "Ho", "about": "Hello", "username": "annie",
    "email": "annie@example.org", "password": PASSWORD, "password_again": PASSWORD,
    "current": PASSWORD, "type": "bike", "brand": "Cube", "color": "red", "address": "By the sea",
    "lat": "40.73", "lon": "-73.99", "role": "fleet", "sure": "y", "remember": "",
    "why": "asked for it",
}  # fmt: skip


def extra_value(column: Column[Any]) -> str:
    kind = next((kind for kind in EXTRA_VALUES if isinstance(column.type, kind)), None)
    return VALID_EXTRA_VALUES.get(column.name) or (
        EXTRA_VALUES[kind] if kind else f"foreign {column.name}"[:16]
    )


def make_extra_fields() -> dict[str, str]:
    columns = [column for table in db.metadata.sorted_tables for column in table.c]
    return {**COMMON_EXTRA_FIELDS, **{column.name: extra_value(column) for column in columns}}


Cell = tuple[str, str, str, str]


def read_cells(app: Flask) -> set[Cell]:
    """Return every value in the database: table, primary key, column, and value."""
    with app.app_context():
        return {
            (table.name, key, name, str(value))
            for table in db.metadata.sorted_tables
            if table.name != "cities"
            for row in db.session.execute(select(*table.c)).mappings()
            for key in [str(tuple(row[column] for column in table.primary_key.c))]
            for name, value in row.items()
        }


def find_extra_cells(changed: set[Cell], extra_fields: dict[str, str]) -> list[Cell]:
    """Return those of the changed values that came from an extra field."""
    return [
        cell
        for cell in changed
        if any(text in cell[3] for text in EXTRA_TEXTS)
        or (
            cell[2] in VALID_EXTRA_VALUES
            and cell[3] == extra_fields.get(cell[2])
            # The event and the job of a change of a city are stored where that city is.
            and (cell[0], cell[2]) not in (("events", "region"), ("jobs", "region"))
        )
        or (cell[2] in extra_fields and cell[3] == "True")
    ]


@pytest.fixture
def site(
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    request: pytest.FixtureRequest,
) -> Site:
    roles = request.param
    user, other = make_user("me", roles=roles or ()), make_user("other")
    make_vehicle(owner=user)
    client = app.test_client().sign_in(user)  # type: ignore[attr-defined]
    client.send("/account/email", email="mine@example.org")
    client.send("/forgotten", email=other.email)
    client.send(f"/rides/start/{make_vehicle().public_key}")
    return Site(app, None if roles is None else user)


def find_links_in_mails(app: Flask) -> list[str]:
    bodies = [message.body for message in read_mails(app)]
    return [path for body in bodies for path in re.findall(r"/(?:reset|account/email)/\S+", body)]


#: Ends of the actions that are sent last, in this order: the others need what these end.
LAST_ACTIONS = (
    "/login",
    "/account/email",
    "/remove",
    "/account/close",
    "/sessions/end",
    "/end",
    "/logout",
    "/delete",
)


def find_writing_forms(site: Site) -> list[PageForm]:
    """Return the forms that are sent by POST: of every page, and of the links in mails."""
    forms = site.find_forms()
    for path in find_links_in_mails(site.app):
        forms += parse_forms(site.send("GET", path).text, path)
    by_action = {form.action: form for form in forms if form.method == "POST"}

    def position(form: PageForm) -> int:
        ends = enumerate(LAST_ACTIONS, 1)
        return next((number for number, end in ends if form.action.endswith(end)), 0)

    return sorted(by_action.values(), key=position)


@pytest.mark.parametrize(
    ("site", "expected_rules"),
    [
        (None, {"/login", "/register", "/forgotten", "/reset/<token>", "/account/email/<token>"}),
        ([], {"/users/me/edit", "/vehicles/add", "/rides/end/<key:ride_key>", "/account/password"}),
        (
            ["admin"],
            {"/users/<key:user_key>/account/roles", "/users/<key:user_key>/account/close"},
        ),
    ],
    indirect=["site"],
    ids=["visitor", "rider", "admin"],
)
def test_no_form_stores_a_field_that_it_does_not_have(
    app: Flask, site: Site, expected_rules: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAX_FORM_PARTS", 1000)  # there are more columns than that
    successful_rules = set()
    forms, after = find_writing_forms(site), read_cells(app)
    for form in forms:
        shown = {**form.unchecked, **form.fields}
        fields = {name: VALID_FIELDS.get(name, value) for name, value in shown.items()}
        names = {name.rpartition("-")[2] for name in fields}  # without the prefix of a form
        extra_fields = {n: value for n, value in make_extra_fields().items() if n not in names}
        before = after
        data = {**extra_fields, **fields, "csrf_token": site.token}
        response = site.client.post(form.action, data=data)
        after = read_cells(app)
        assert find_extra_cells(after - before, extra_fields) == [], form.action
        assert response.status_code < 500, form.action
        assert response.status_code not in (400, 413), form.action
        if response.status_code < 400:
            path = form.action.partition("?")[0]
            rule, _ = app.url_map.bind("").match(path, "POST", return_rule=True)
            successful_rules.add(rule.rule)
            if rule.rule != "/users/me/delete":
                site.open_browser()
                after = read_cells(app)
    assert expected_rules <= successful_rules


def test_extra_values_in_the_database_are_found(app: Flask, make_user: UserFactory) -> None:
    before = read_cells(app)
    make_user("foreign", city="seattle", roles=["admin"])
    cells = find_extra_cells(read_cells(app) - before, make_extra_fields())
    assert {"username", "city", "role"} <= {column for _, _, column, _ in cells}
