"""Staff take out lists as files: what is in them, and who may."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask

from tests.auth.steps import new_browser, read_audit_events
from tests.exports.steps import EXPORTS, download, read_csv, read_xlsx
from tests.factories import UserFactory, VehicleFactory
from tests.numbers.steps import add_rides
from tests.riders.wallet_steps import charge
from tests.rides.earnings.steps import insert_entry, insert_share
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.exports.enums import ExportFormat, TableName
from webapp.exports.tables import TABLES

NOON = datetime(2026, 6, 10, 16, tzinfo=UTC)  # 12:00 in New York


@pytest.fixture
def _rides(app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory) -> None:
    """A ride on the 9th and one on the 10th of June, and one that runs."""
    place = {"end_lat": 40.75, "end_lon": -73.95, "end_address": "=cmd|' /C calc'!A0"}
    reported = {"end_pressed_at": NOON, "end_received_at": NOON + timedelta(minutes=9)}
    rides = [
        {
            "started_at": at,
            "ended_at": at + timedelta(minutes=5),
            "price": 1250,
            **place,
            **reported,
        }
        for at in (NOON - timedelta(days=1), NOON)
    ]
    with app.app_context():
        rider = make_user("rhea")
        add_rides(rider, make_vehicle(), rides)
        add_rides(rider, make_vehicle(state="on_trip"), [{"started_at": NOON}])


def test_vehicles_are_those_of_the_filter_of_the_list(
    manager: Visitor, make_vehicle: VehicleFactory, make_user: UserFactory
) -> None:
    owner = make_user("olga")
    mine = make_vehicle(owner=owner, form_factor="bicycle", brand="Gazelle")
    make_vehicle(state="non_operational")
    make_vehicle("paris")
    make_vehicle(state="removed")
    rows = read_csv(manager, "vehicles", city="new+york")
    assert len(rows) == 2
    (row,) = read_csv(manager, "vehicles", type="bicycle", state="available", q="gazelle")
    assert row["code"] == mine.code
    assert row["owner_username"] == "olga"
    assert row["created_at"].endswith(("-04:00", "-05:00"))


def test_vehicles_of_an_alert_are_exported_like_the_list(
    manager: Visitor, make_vehicle: VehicleFactory
) -> None:
    low = make_vehicle(battery_percent=5)
    make_vehicle(battery_percent=90)
    rows = read_csv(manager, "vehicles", alert="battery_low")
    assert [row["code"] for row in rows] == [low.code]


def test_who_may_not_see_persons_gets_no_column_of_a_person(
    mechanic: Visitor, make_vehicle: VehicleFactory, make_user: UserFactory
) -> None:
    make_vehicle(owner=make_user("olga"))
    (row,) = read_csv(mechanic, "vehicles")
    assert "owner_username" not in row
    assert "olga" not in str(row)
    assert "owner_username" not in mechanic.get(f"{EXPORTS}?table=vehicles").text
    for table in ("rides", "open-rides", "users", "ledger"):
        assert download(mechanic, table).status_code == 404
        assert mechanic.get(f"{EXPORTS}?table={table}").status_code == 404


@pytest.mark.usefixtures("_rides")
def test_rides_are_those_that_ended_in_the_days(manager: Visitor) -> None:
    (row,) = read_csv(manager, "rides", first_day="2026-06-10", last_day="2026-06-10")
    assert row["started_at"] == "2026-06-10T12:00:00-04:00"
    assert (row["price"], row["currency"], row["duration_s"]) == ("12.50", "USD", "300")
    assert row["rider_username"] == "rhea"
    assert row["end_pressed_at"] == "2026-06-10T12:00:00-04:00"
    assert row["end_received_at"] == "2026-06-10T12:09:00-04:00"
    assert row["end_address"] == "'=cmd|' /C calc'!A0"
    both = read_csv(manager, "rides", first_day="2026-06-01", last_day="2026-06-30")
    assert [each["started_at"][:10] for each in both] == ["2026-06-09", "2026-06-10"]
    assert read_csv(manager, "rides", first_day="2026-06-11", last_day="2026-06-30") == []


@pytest.mark.usefixtures("_rides")
def test_rides_that_run_are_those_of_the_list(manager: Visitor) -> None:
    assert len(read_csv(manager, "open-rides")) == 1
    assert len(read_csv(manager, "open-rides", hours="1")) == (datetime.now(UTC) > NOON)
    assert read_csv(manager, "open-rides", hours="9999") == []


def test_users_are_those_whose_home_is_the_city(manager: Visitor, make_user: UserFactory) -> None:
    make_user("yves", "paris")
    make_user("gone", deleted_at=datetime.now(UTC))
    rows = read_csv(manager, "users")
    assert [row["username"] for row in rows] == ["nora"]
    assert rows[0]["email"] == "nora@example.org"


def test_the_ledger_has_the_lines_of_entries_which_add_up_to_nothing(
    app: Flask, admin: Visitor, manager: Visitor, make_user: UserFactory
) -> None:
    with app.app_context():
        make_user("without entries")
        entry_id = charge(make_user("ada").key, 500, "USD")
        charge(make_user("yves", "paris").key, 700)
    rows = read_csv(admin, "ledger")
    assert {row["entry_id"] for row in rows} == {str(entry_id)}
    assert sum(Decimal(row["amount"]) for row in rows) == 0
    assert {row["rider_username"] for row in rows} == {"ada"}
    assert read_csv(admin, "ledger", first_day="2020-01-01", last_day="2020-01-31") == []
    assert download(manager, "ledger").status_code == 404


def test_the_general_ledger_has_the_entries_of_a_region_for_staff_of_all_cities(
    app: Flask, admin: Visitor, make_user: UserFactory
) -> None:
    with app.app_context():
        near = charge(make_user("ada").key, 500, "USD")
        other = charge(make_user("bob", "boston").key, 300, "USD")
        charge(make_user("yves", "paris").key, 700)
    accountant = new_browser(app).sign_in(make_user("alma", roles=["admin"]))
    rows = read_csv(accountant, "general-ledger", city="new+york")
    assert {row["entry_id"] for row in rows} == {str(near), str(other)}
    assert sum(Decimal(row["amount"]) for row in rows) == 0
    assert download(admin, "general-ledger").status_code == 404
    assert "General ledger" not in admin.get(EXPORTS).text


def test_the_ledger_of_owners_has_the_entries_of_a_city_and_whom_they_are_of(
    app: Flask,
    manager: Visitor,
    mechanic: Visitor,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    olga = make_user("olga", "paris")
    insert_share(app, olga)
    insert_share(app, olga, 2_500)
    insert_entry(app, olga, make_vehicle(owner=olga), 500, date(2026, 7, 1))
    insert_entry(app, olga, make_vehicle("boston", owner=olga), 700, date(2026, 7, 1))
    (row,) = read_csv(manager, "owner-ledger")
    assert (row["kind"], row["amount"], row["counter_account"]) == ("ride", "5.00", "revenue_share")
    assert (row["share_percent"], row["owner_username"]) == ("10.0", "olga")
    assert read_csv(manager, "owner-ledger", first_day="2020-01-01", last_day="2020-01-31") == []
    assert download(mechanic, "owner-ledger").status_code == 404


@pytest.mark.usefixtures("_rides")
def test_a_spreadsheet_has_the_same_cells_and_no_formula(manager: Visitor) -> None:
    response = download(manager, "rides", "xlsx", first_day="2026-06-10", last_day="2026-06-10")
    header, row = read_xlsx(response.data)
    cells = dict(zip(header, row, strict=False))
    assert header[0] == "id"
    assert "=cmd|' /C calc'!A0" in row
    assert cells["started_at"] == "46183.5"  # 2026-06-10 12:00, in days since 1900


@pytest.mark.usefixtures("_rides")
def test_a_map_has_a_feature_for_each_row(manager: Visitor, make_vehicle: VehicleFactory) -> None:
    response = download(manager, "rides", "geojson", first_day="2026-06-01", last_day="2026-06-30")
    document = json.loads(response.text)
    assert document["type"] == "FeatureCollection"
    first, _second = document["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [-73.95, 40.75]}
    assert first["properties"]["price"] == "12.50"
    make_vehicle(lat=None, lon=None, cell=None, brand="Nowhere")
    vehicles = json.loads(download(manager, "vehicles", "geojson", q="nowhere").text)
    assert [each["geometry"] for each in vehicles["features"]] == [None]
    assert json.loads(download(manager, "vehicles", "geojson", q="none").text)["features"] == []


@pytest.mark.parametrize("file_format", ExportFormat)
def test_a_file_says_what_it_is_and_is_not_stored(
    manager: Visitor, make_vehicle: VehicleFactory, file_format: ExportFormat
) -> None:
    make_vehicle()
    response = download(manager, "vehicles", file_format)
    name = f"movr-vehicles-new-york-{datetime.now(UTC).year}-"
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith(f"attachment; filename={name}"), disposition
    assert disposition.endswith(f".{file_format}")
    assert response.headers["Cache-Control"] == "no-store"
    assert (
        response.mimetype
        == {
            "csv": "text/csv",
            "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "geojson": "application/geo+json",
        }[file_format]
    )


def test_each_export_is_in_the_audit_trail_without_what_was_typed(
    app: Flask, manager: Visitor
) -> None:
    download(manager, "vehicles", "csv", q="Jane", state="available")
    (event,) = [e for e in read_audit_events(app) if e.kind == AuditKind.TABLE_EXPORTED]
    assert (event.region, event.city) == ("us-east1", "new york")
    assert event.details == {
        "table": "vehicles",
        "format": "csv",
        "filters": {"state": "available"},
        "has_words": True,
        "columns": len(TABLES[TableName.VEHICLES].columns),
    }


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("table=vehicles&city=paris", 404),
        ("table=vehicles&city=atlantis", 404),
        ("table=passwords", 404),
        ("", 422),
        ("table=vehicles&state=nonsense", 422),
        ("table=rides&first_day=2026-06-10&last_day=2026-06-09", 422),
        ("table=rides&first_day=9999-12-31&last_day=9999-12-31", 422),
        ("table=rides&first_day=&last_day=2026-06-09", 422),
        ("table=rides&first_day=x&last_day=y", 422),
        ("table=open-rides&hours=many", 422),
    ],
)
def test_a_wrong_filter_is_refused_and_nothing_is_exported(
    app: Flask, manager: Visitor, query: str, status: int
) -> None:
    response = manager.send(f"{EXPORTS}?{query}", format="csv")
    assert response.status_code == status
    assert response.mimetype == "text/html"
    assert not [e for e in read_audit_events(app) if e.kind == AuditKind.TABLE_EXPORTED]


def test_a_format_that_the_table_does_not_have_is_refused(manager: Visitor) -> None:
    for file_format in ("geojson", "pdf", ""):
        response = download(manager, "users", file_format)
        assert response.status_code == 422
        assert "Choose a format." in response.text


def test_a_role_counts_only_with_the_right_to_export_in_the_same_city(
    app: Flask, make_user: UserFactory
) -> None:
    """Support of Paris may see its rides, a mechanic of New York may export: neither may both."""
    roles = {"mechanic": ["new york"], "support": ["paris"]}
    both = new_browser(app).sign_in(make_user("bo", roles=roles))
    assert download(both, "rides", city="new+york").status_code == 404
    assert download(both, "rides", city="paris").status_code == 404
    assert download(both, "vehicles", city="paris").status_code == 404
    assert download(both, "vehicles", city="new+york").status_code == 200


def test_exports_of_one_account_are_limited(
    app: Flask, manager: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_EXPORTS", (1, 3600))
    assert download(manager, "vehicles").status_code == 200
    refused = download(manager, "vehicles")
    assert refused.status_code == 429
    assert "Retry-After" in refused.headers
    exports = [e for e in read_audit_events(app) if e.kind == AuditKind.TABLE_EXPORTED]
    assert len(exports) == 1


def test_a_spreadsheet_with_too_many_rows_is_refused_before_it_is_sent(
    app: Flask, manager: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "EXPORT_XLSX_MAX_ROWS", 1)
    make_vehicle()
    assert download(manager, "vehicles", "xlsx").status_code == 200
    make_vehicle()
    refused = download(manager, "vehicles", "xlsx")
    assert refused.status_code == 413
    assert "at most 1 rows" in refused.text
    assert download(manager, "vehicles", "csv").status_code == 200


def test_the_page_lists_what_the_viewer_may_export(manager: Visitor, mechanic: Visitor) -> None:
    page = manager.get(EXPORTS).text
    assert "The accounts whose home is this city" in page
    assert "The ledger entries of riders" not in page
    page = mechanic.get(EXPORTS).text
    assert "All vehicles as they are now" in page
    assert "The accounts whose home is this city" not in page
