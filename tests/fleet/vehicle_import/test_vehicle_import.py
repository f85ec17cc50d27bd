"""Adding many vehicles from a file: all or none, and once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.auth.steps import new_browser, update_rows
from tests.factories import UserFactory
from tests.fleet.vehicle_import.steps import BIKE, COLUMNS, PAGE, make_csv, make_xlsx, upload
from tests.job_steps import run_jobs
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.auth.models import RoleGrant
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_events.models import VehicleEvent
from webapp.fleet.vehicle_import import forms, parsing
from webapp.fleet.vehicle_import.models import VehicleImport, VehicleImportRow
from webapp.fleet.vehicle_import.parsing import parse_file
from webapp.fleet.vehicle_import.services import apply_import
from webapp.regions.catalogue import catalogue, city_or_404
from webapp.regions.models import City


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_vehicles_of_a_file_are_added_after_their_preview(app: Flask, rider: Visitor) -> None:
    content = make_csv(
        BIKE, ("E-Bike", "Okai", "red", "5 Side Street", "40,74", "-73,98"), delimiter=";"
    )
    preview = upload(rider, content)
    assert preview.status_code == 303
    page = rider.get(preview.location).text
    assert "Pegasus bike" in page
    assert "Okai e-bike" in page
    assert count(app, Vehicle) == 0

    assert rider.send(preview.location).location == preview.location
    assert "data-refresh" in rider.get(preview.location).text
    rider.send(preview.location)
    run_jobs(app)
    assert "All of them are on the map" in rider.get(preview.location).text
    assert "Okai e-bike" in rider.get("/vehicles/mine").text
    with app.app_context():
        vehicles = db.session.scalars(select(Vehicle).order_by(Vehicle.brand)).all()
        assert [(v.brand, v.lat, v.address, v.city) for v in vehicles] == [
            ("Okai", 40.74, "5 Side Street", "new york"),
            ("Pegasus", 40.73, "12 Main Street", "new york"),
        ]
        assert vehicles[0].cell is not None
        assert {v.code for v in vehicles} != {""}
    assert count(app, VehicleEvent) == 2
    with app.app_context():
        is_added = AuditEvent.kind == AuditKind.VEHICLE_ADDED.value
        subjects = db.session.scalars(select(AuditEvent.subject).where(is_added)).all()
        assert set(subjects) == {f"vehicle {vehicle.key}" for vehicle in vehicles}


def test_a_file_is_applied_once_however_often_it_is_confirmed(app: Flask, rider: Visitor) -> None:
    preview = upload(rider, make_csv(BIKE)).location
    rider.send(preview)
    with app.app_context():
        row = db.session.scalars(select(VehicleImport)).one()
        owner_key, import_key = RowKey(row.owner_region, row.owner_id), row.key

    apply = partial(apply_import, owner_key, import_key)
    assert run_together(app, *[apply] * 4) == [None] * 4
    run_jobs(app)
    assert count(app, Vehicle) == count(app, VehicleEvent) == 1


def test_what_was_not_confirmed_is_not_added(app: Flask, rider: Visitor) -> None:
    upload(rider, make_csv(BIKE))
    with app.app_context():
        row = db.session.scalars(select(VehicleImport)).one()
        apply_import(RowKey(row.owner_region, row.owner_id), row.key)
    assert count(app, Vehicle) == 0


def test_one_wrong_cell_keeps_the_whole_file_out(app: Flask, rider: Visitor) -> None:
    wrong = ("spaceship", "", "x" * 31, "12 Main Street", "95", "north")
    response = upload(rider, make_csv(BIKE, wrong, (*BIKE[:4], "", "")))
    assert response.status_code == 422
    for text in (
        "2 rows need a correction", "spaceship", "Use one of these: bike,", "Fill this in.",
        "Use at most 30 characters.", "Enter a latitude between -90 and 90.", "Enter a number.",
    ):  # fmt: skip
        assert text in response.text
    assert count(app, VehicleImport) == count(app, VehicleImportRow) == 0


def test_a_place_far_from_the_city_is_named(rider: Visitor) -> None:
    response = upload(rider, make_csv((*BIKE[:3], "", "-73.99", "40.73")))
    assert "more than 100 km from the city" in response.text
    assert "Fill this in." in response.text, "all that is wrong with a row at once"


def test_a_number_that_a_spreadsheet_has_made_a_date_of_is_named(rider: Visitor) -> None:
    row = (*BIKE[:4], datetime(2026, 5, 12), "-73.99")
    response = upload(rider, make_xlsx(BIKE, row), "vehicles.xlsx")
    assert "Row 3" in response.text
    assert "The spreadsheet has made a date of this." in response.text


def test_a_row_with_commas_that_are_no_separators_says_so(rider: Visitor) -> None:
    row = ("bike", "Pegasus", "green", "12 Main Street, back door", "40,73", "-73,99")
    response = upload(rider, make_csv(BIKE, row))
    assert "Put cells with a comma in quotes" in response.text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "This file is empty."),
        (b" ", "This file is empty."),
        (make_csv(), "no vehicles below its first row"),
        (make_csv(BIKE, header=("type", "brand", "colour", "where", "lat", "lon")), "address"),
        (make_csv((*BIKE, "1"), header=(*COLUMNS, "lat")), "there twice: lat"),
        (b"caf\xe9,1\n", "This CSV file is not in UTF-8."),
    ],
)
def test_a_file_that_is_no_list_of_vehicles_is_refused(
    app: Flask, rider: Visitor, content: bytes, message: str
) -> None:
    response = upload(rider, content)
    assert response.status_code == 422
    assert message in response.text
    assert count(app, VehicleImport) == 0


def test_a_file_with_too_many_rows_or_bytes_is_refused(
    rider: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsing, "MAX_ROWS", 2)
    assert upload(rider, make_csv(BIKE, BIKE)).status_code == 303
    assert "at most 2 rows" in upload(rider, make_csv(BIKE, BIKE, BIKE)).text
    monkeypatch.setattr(forms, "MAX_FILE_BYTES", 99)
    assert "Choose a file of at most" in upload(rider, make_csv(BIKE, BIKE)).text


def test_columns_may_stand_in_any_order_and_have_other_names(rider: Visitor) -> None:
    header = ("Longitude", "LATITUDE", "Colour", "note", "Where it is", "Brand", "Type")
    row = ("-73.99", "40.73", "green", "ignored", "12 Main Street", "Pegasus", "Cargo bike")
    assert upload(rider, make_csv(row, header=header)).status_code == 303


def test_the_templates_are_files_that_can_be_uploaded(rider: Visitor) -> None:
    for name in ("csv", "xlsx"):
        template = rider.get(f"{PAGE}/template.{name}")
        assert f"movr-vehicles.{name}" in template.headers["Content-Disposition"]
        assert upload(rider, template.data, f"mine.{name}").status_code == 303


def test_xlsx_with_numbers_is_read_as_csv_is(rider: Visitor) -> None:
    row = ("bike", 2000, "green", "12 Main Street", 40.73, -74)
    page = rider.get(upload(rider, make_xlsx(row), "x.xlsx").location).text
    assert "2000 bike" in page
    assert "40.73000, -74.00000" in page


def test_the_same_file_twice_is_warned_of(app: Flask, rider: Visitor) -> None:
    first = upload(rider, make_csv(BIKE)).location
    rider.send(first)
    run_jobs(app)
    second = upload(rider, make_csv(BIKE)).location
    assert "same file before" in rider.get(second).text
    assert "same file before" not in rider.get(first).text


def test_the_file_of_another_owner_is_not_there(
    app: Flask, rider: Visitor, make_user: UserFactory
) -> None:
    preview = upload(rider, make_csv(BIKE)).location
    other = new_browser(app).sign_in(make_user("eve"))
    assert other.get(preview).status_code == 404
    assert other.send(preview).status_code == 404
    run_jobs(app)
    assert count(app, Vehicle) == 0


def test_staff_add_vehicles_of_the_operator_while_they_have_the_role(
    app: Flask, make_user: UserFactory
) -> None:
    """Also where owners may add none."""
    staff = make_user("mara", city="paris", roles={"fleet": ["new york"]})
    browser, page = new_browser(app).sign_in(staff), "/fleet/vehicles/import?city=new+york"
    update_rows(app, City, City.name == "new york", features_off=["owner_vehicles"])
    first, second = [
        browser.send(page, file=(BytesIO(make_csv(BIKE)), "x.csv")).location for _ in range(2)
    ]
    assert browser.send(f"/fleet{first}/confirm").status_code == 303
    run_jobs(app)
    with app.app_context():
        vehicle = db.session.scalars(select(Vehicle)).one()
        assert (vehicle.city, vehicle.owner_id) == ("new york", None)
        event = db.session.scalars(
            select(AuditEvent).where(AuditEvent.subject.like("vehicle%"))
        ).one()
        assert (event.region, event.city, event.actor_id) == (vehicle.region, "new york", staff.id)
        assert not db.session.scalars(select(RoleGrant).where(RoleGrant.role == "owner")).all()
    update_rows(app, RoleGrant, RoleGrant.user_id == staff.id, cities=["paris"])
    assert browser.send(f"/fleet{second}/confirm").status_code == 404
    run_jobs(app)
    assert count(app, Vehicle) == 1


def upload_for_operator(browser: Visitor) -> str:
    """Upload a vehicle of the operator in New York; return the path that confirms it."""
    file = (BytesIO(make_csv(BIKE)), "x.csv")
    preview = browser.send("/fleet/vehicles/import?city=new+york", file=file).location
    confirm = f"/fleet{preview}/confirm"
    assert f'action="{confirm}"' in browser.get(preview).text
    return confirm


def test_vehicles_of_the_operator_are_confirmed_with_the_second_factor_of_staff(
    app: Flask, make_user: UserFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = new_browser(app).sign_in(make_user("mara", roles=["fleet"]))
    confirm = upload_for_operator(browser)
    own_preview = upload(browser, make_csv(BIKE)).location
    monkeypatch.setitem(app.config, "SECOND_FACTOR_REQUIRED", True)
    assert browser.send(confirm).location.startswith("/account/second-factor")
    owners_path = confirm.removeprefix("/fleet").removesuffix("/confirm")
    assert browser.send(owners_path).status_code == 404
    monkeypatch.setitem(app.config, "SECOND_FACTOR_REQUIRED", False)
    assert browser.send(f"/fleet{own_preview}/confirm").status_code == 404
    run_jobs(app)
    assert count(app, Vehicle) == 0


def test_a_closed_city_takes_no_vehicles_of_the_operator(
    app: Flask, make_user: UserFactory
) -> None:
    browser = new_browser(app).sign_in(make_user("mara", roles=["fleet"]))
    first, second = upload_for_operator(browser), upload_for_operator(browser)
    browser.send(first)
    update_rows(app, City, City.name == "new york", closes_at=datetime.now(UTC))
    with app.app_context():
        catalogue().forget()
    run_jobs(app)
    preview = first.removeprefix("/fleet").removesuffix("/confirm")
    assert "none of them were added" in browser.get(preview).text
    assert browser.send(second).status_code == 409
    file = (BytesIO(make_csv(BIKE)), "x.csv")
    refused = browser.send("/fleet/vehicles/import?city=new+york", file=file)
    assert refused.status_code == 409
    assert "MovR is closed in this city" in refused.text
    run_jobs(app)
    assert count(app, Vehicle) == 0
    # In the city that is open again, the file is as before it was confirmed.
    update_rows(app, City, City.name == "new york", closes_at=None)
    with app.app_context():
        catalogue().forget()
    assert f'action="{first}"' in browser.get(preview).text
    for _twice in range(2):
        assert browser.send(first).status_code == 303
        run_jobs(app)
    assert count(app, Vehicle) == 1
    assert "All of them are on the map" in browser.get(preview).text


def test_an_owner_confirms_the_address_first(app: Flask, make_user: UserFactory) -> None:
    visitor = new_browser(app).sign_in(make_user("una", email_confirmed_at=None))
    assert upload(visitor, make_csv(BIKE)).status_code == 403
    assert count(app, VehicleImport) == 0


def test_long_files_are_paged_in_their_order(app: Flask, rider: Visitor) -> None:
    rows: Sequence[Sequence[str]] = [("bike", f"B{n:02}", *BIKE[2:]) for n in range(45)]
    preview = upload(rider, make_csv(*rows)).location
    page = rider.get(preview).text
    assert "B00 bike" in page
    assert "B44 bike" not in page


def test_ten_thousand_vehicles_are_read_in_a_few_seconds(app: Flask) -> None:
    with app.test_request_context():
        parsed = parse_file(make_csv(*[BIKE] * 10_000), city_or_404("new york"))
    assert len(parsed.rows) == 10_000
