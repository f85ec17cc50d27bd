"""An admin opens a new city, on pages alone, until its first ride is paid."""

import json
import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from tests.auth.email_steps import NEW_PASSWORD_FIELDS, REGISTRATION, find_newest_link
from tests.auth.steps import new_browser
from tests.factories import UserFactory
from tests.fleet.vehicle_import.steps import make_csv
from tests.job_steps import read_mails, run_jobs
from tests.surface.site import parse_forms
from tests.visitor import Visitor

LYON = {
    "label": "Lyon",
    "timezone": "Europe/Paris",
    "currency": "EUR",
    "region": "us-east1",
    "lat": "45.76",
    "lon": "4.84",
}
SETUP = "/admin/cities/lyon/setup"
MOPED = {"form_factor": "moped", "propulsion_type": "electric", "label": "Moped", "icon": "moped"}
TEXTS = {"publish": "y", "version": "0"}


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("boss", roles=["admin"]))


def send(visitor: Visitor, page: str, **fields: Any) -> str:
    """Send a form that must be accepted; return where it leads."""
    response = visitor.send(page, **fields)
    assert response.status_code == 303, response.text
    return str(response.location)


def find_first(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    assert found, page
    return found[1]


def list_missing(admin: Visitor) -> list[str]:
    """Return the steps that are missing on the checklist."""
    found = re.findall(r"<h2>([^<]+) <span[^>]*>missing", admin.get(SETUP).text)
    return [title.strip() for title in found]


def test_an_admin_opens_a_new_city_to_its_first_ride(
    app: Flask, admin: Visitor, make_user: UserFactory
) -> None:
    assert send(admin, "/admin/cities/new", **LYON) == SETUP
    assert list_missing(admin) == [
        "Service area", "Prices", "Terms, privacy and help", "Manager", "Vehicles",
    ]  # fmt: skip
    assert f'href="{SETUP}"' in admin.get("/fleet/zones/lyon/new").text, "the way back to the list"
    draw_service_area(admin)
    add_vehicle_type_with_prices(admin)
    publish_texts(admin)
    manager = make_manager(app, admin, make_user)
    add_mopeds(app, manager)
    assert list_missing(admin) == []
    assert "Everything is there." in admin.get(SETUP).text
    assert SETUP not in admin.get("/fleet/zones?city=lyon").text

    rider = sign_up(app)
    vehicle = find_first(r'href="(/vehicles/us-[^"/]+)"', rider.get("/city/lyon").text)
    ride = send(rider, find_first(r'action="(/rides/start/[^"]+)"', rider.get(vehicle).text))
    receipt = send(rider, ride.replace("/rides/", "/rides/end/"), lat="45.7601", lon="4.8401")
    assert "€1.00" in rider.get(receipt).text
    assert [mail.subject for mail in read_mails(app, REGISTRATION["email"])][-1] == (
        "Your ride in Lyon"
    )


def draw_service_area(admin: Visitor) -> None:
    ring = [[4.8, 45.7], [4.9, 45.7], [4.9, 45.8], [4.8, 45.8], [4.8, 45.7]]
    area = json.dumps({"type": "Polygon", "coordinates": [ring]})
    page = "/fleet/zones/lyon/new"
    response = admin.post(
        page,
        data={"csrf_token": admin.token(), "area": area, "kind": "service_area"},
        content_type="multipart/form-data",
    )
    assert response.status_code == 303, response.text


def add_vehicle_type_with_prices(admin: Visitor) -> None:
    """A moped costs more than all other vehicles."""
    send(admin, "/admin/vehicle-types/new", **MOPED)
    for plan_type, fee in ((":", "0.50"), ("moped:electric", "1.00")):
        page = f"/fleet/plans/new?city=lyon&type={plan_type}"
        assert "€" in admin.send(page, name="By the minute", unlock_fee=fee, preview="y").text
        send(admin, page, name="By the minute", unlock_fee=fee, publish="y")


def publish_texts(admin: Visitor) -> None:
    for kind in ("privacy", "help", "terms"):
        page = f"/admin/texts/edit?kind={kind}&city=lyon"
        agreement = {"requires_agreement": "y", "summary": "We open."} if kind == "terms" else {}
        send(admin, page, text="# Lyon\n\nBe kind.", **TEXTS, **agreement)


def make_manager(app: Flask, admin: Visitor, make_user: UserFactory) -> Visitor:
    user = make_user("mara", city="lyon")
    send(admin, f"/users/{user.key}/account/roles", role="fleet", city="lyon", why="runs Lyon")
    return new_browser(app).sign_in(user)


def add_mopeds(app: Flask, manager: Visitor) -> None:
    """The manager adds two vehicles of the operator by file, and owns none of them."""
    page = "/fleet/vehicles/import?city=lyon"
    rows = [
        ("moped", brand, "green", "Bellecour", "45.758", "4.832") for brand in ("Niu", "Silence")
    ]
    preview = send(manager, page, file=(BytesIO(make_csv(*rows)), "vehicles.csv"))
    send(manager, f"/fleet{preview}/confirm")
    run_jobs(app)
    assert "Niu moped" in manager.get("/fleet/vehicles?city=lyon").text
    assert "Niu moped" not in manager.get("/vehicles/mine").text


def sign_up(app: Flask) -> Visitor:
    """Somebody in the new city registers, and so agrees to its terms, and confirms the address."""
    rider = new_browser(app)
    rider.get("/city?city=lyon")
    (form,) = [f for f in parse_forms(rider.get("/register").text, "") if "email" in f.fields]
    assert form.fields["city"] == "lyon"
    typed = {**form.fields, **REGISTRATION, "city": "lyon", **NEW_PASSWORD_FIELDS}
    assert rider.post("/register", data=typed).status_code == 303
    send(rider, find_newest_link(app, REGISTRATION["email"], "/confirm/"))
    return rider
