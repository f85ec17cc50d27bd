"""The pages of all tables: every row can be found, no secret is shown, and looking is recorded."""

import re
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import LargeBinary
from sqlalchemy.dialects import postgresql

from tests.auth.steps import read_audit_events
from tests.factories import UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.extensions import Base, db
from webapp.ops.tables.columns import HIDDEN_TABLES, list_columns, list_models
from webapp.ops.tables.queries import RowFilter, rows_query

#: Columns whose names look like a secret, and are none.
HARMLESS = {
    "api_tokens.digest",  # of 256 random bits
    "idempotency_keys.digest",  # only the account's own token can use it
    "oauth_signing_keys.public_jwk",
    "oauth_token_families.code_used_at",
    "phone_numbers.code_expires_at",
    "vehicles.code",  # stands on the vehicle
    "email_links.digest",  # of 192 random bits
    "feed_subscriptions.digest",  # of an address without its keys
    "vehicle_imports.file_hash",
    "vehicle_offers.digest",  # of 192 random bits
}


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    client: Visitor = app.test_client()  # type: ignore[assignment]
    return client.sign_in(make_user("root", roles=["admin"]))


def test_all_tables_have_a_page(admin: Visitor) -> None:
    links = re.findall(r'href="/admin/tables/(\w+)"', admin.get("/admin/tables").text)
    assert set(links) == set(Base.metadata.tables) - HIDDEN_TABLES
    for name in links:
        assert admin.get(f"/admin/tables/{name}").status_code == 200, name
    for name in ("recovery_codes", "pg_authid", "users;"):
        assert admin.get(f"/admin/tables/{name}").status_code == 404


def test_no_column_that_looks_like_a_secret_is_shown() -> None:
    secret = re.compile(
        "password|secret|token|hash|digest|code|encrypt|cipher|jwk|payload|^points|access$"
    )
    shown = {
        f"{model.table.name}.{column.name}"
        for model in list_models().values()
        for column in list_columns(model.table)
        if secret.search(column.name)
    }
    assert shown == HARMLESS
    phone_numbers = list_columns(list_models()["phone_numbers"].table)
    assert "number" not in {column.name for column in phone_numbers}


def test_the_pages_show_each_row_once_and_their_number_is_recorded(
    app: Flask, admin: Visitor, make_vehicle: VehicleFactory
) -> None:
    ids = {str(make_vehicle().id) for _ in range(12)}
    seen, address = list[str](), "/admin/tables/vehicles?region=us-east1"
    while address:
        page = admin.get(address).text
        seen += [id_ for id_ in re.findall("<td>([0-9a-f-]{36})</td>", page) if id_ in ids]
        more = re.search(r'rel="next" href="([^"]+)"', page)
        address = more[1].replace("&amp;", "&") if more else ""
    assert sorted(seen) == sorted(ids)
    events = read_audit_events(app, AuditKind.TABLE_VIEWED)
    assert {event.details["table"] for event in events} == {"vehicles"}
    assert len(events) == 3, "pages of five"


def test_a_row_is_found_by_its_id(admin: Visitor, make_vehicle: VehicleFactory) -> None:
    one, other = make_vehicle(), make_vehicle()
    address = "/admin/tables/vehicles?region=us-east1&id="
    page = admin.get(f"{address}{one.id}").text
    assert str(one.id) in page
    assert str(other.id) not in page
    response = admin.get(f"{address}soon")
    assert response.status_code == 422
    assert "Enter a whole id" in response.text


@pytest.mark.parametrize(
    "cursor", ["x", "{}", "[]", "[1]", '["a","b"]', '["\\u0000"]', '["\\ud800"]', "[" * 400, "null"]
)
def test_an_unreadable_place_in_the_list_is_not_found(admin: Visitor, cursor: str) -> None:
    for table in ("vehicles", "cities"):
        response = admin.get(f"/admin/tables/{table}?after={quote(cursor)}")
        assert response.status_code == 404, table
    large = quote('["00000000-0000-0000-0000-000000000000", 99999999999999999999]')
    assert admin.get(f"/admin/tables/vehicle_events?after={large}").status_code == 404


def test_admins_of_some_cities_and_others_see_no_tables(app: Flask, make_user: UserFactory) -> None:
    for roles, status in (({"admin": ["paris"]}, 404), (["fleet"], 403), ([], 403)):
        client: Visitor = app.test_client()  # type: ignore[assignment]
        client.sign_in(make_user(roles=roles))
        for page in ("", "/users"):
            assert client.get(f"/admin/tables{page}").status_code == status


def test_photos_are_not_read_to_show_how_large_they_are(app: Flask) -> None:
    table = Base.metadata.tables["report_photos"]
    assert any(isinstance(column.type, LargeBinary) for column in table.columns)
    with app.app_context():
        query = rows_query(table, RowFilter("us-east1", None), [])
        sql = str(query.compile(dialect=postgresql.dialect()))
        assert "octet_length(report_photos.content)" in sql
        assert "report_photos.content," not in sql
        db.session.execute(query)
