"""Reasons that staff type, and what an edited vehicle was before: in the audit trail, from pages."""

import re

import pytest
from flask import Flask

from tests.auth.steps import new_browser, read_audit_events
from tests.factories import UserFactory, VehicleFactory
from tests.fleet.pricing.test_plan_pages import TYPED
from tests.performance.walk import BIKE
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent

WHY = "the city asked for it"
SETTINGS = {
    AuditKind.PLAN_PUBLISHED: ("/fleet/plans/new?city=boston&type=", {**TYPED, "publish": "Publish"}),
    AuditKind.SERVICE_TARGETS_CHANGED: (
        "/fleet/queues/boston/targets", {"first_action": "1", "answer": "8"},
    ),
    AuditKind.CITY_CHANGED: (
        "/admin/cities/boston",
        {"label": "Boston", "timezone": "America/New_York", "lat": "42.36", "lon": "-71.05"},
    ),
}  # fmt: skip


@pytest.fixture
def admin(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user(roles=["admin"]))


def read_one(app: Flask, kind: AuditKind) -> AuditEvent:
    (event,) = read_audit_events(app, kind)
    return event


@pytest.mark.parametrize("kind", SETTINGS)
def test_the_reason_for_a_setting_is_optional_and_stays_with_its_event(
    app: Flask, admin: Visitor, kind: AuditKind
) -> None:
    path, fields = SETTINGS[kind]
    page = admin.get(path).text if "targets" not in path else admin.get("/fleet/queues").text
    assert "Why (optional)" in page
    assert admin.send(path, **fields, why=WHY).status_code == 303
    assert read_one(app, kind).details["why"] == WHY


def test_a_reason_alone_is_no_change(app: Flask, admin: Visitor) -> None:
    path, fields = SETTINGS[AuditKind.SERVICE_TARGETS_CHANGED]
    for why in (WHY, "once more"):
        assert admin.send(path, **fields, why=why).status_code == 303
    assert read_one(app, AuditKind.SERVICE_TARGETS_CHANGED).details["why"] == WHY


def test_an_edit_of_a_vehicle_shows_what_it_was_before(
    app: Flask, admin: Visitor, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle(brand="Okai", color="black")
    edit = f"/fleet/vehicles/{vehicle.key}/actions/edit"
    hidden = dict(
        re.findall(r'name="(nonce|seen)" type="hidden" value="([^"]*)"', admin.get(edit).text)
    )
    fields = {"brand": "Segway", "color": "black", "note": "new frame"}
    assert admin.send(edit, **hidden, **fields).status_code == 303
    details = read_one(app, AuditKind.VEHICLE_ACTION).details
    assert details["before"] | {"brand": "Segway"} == details["after"]
    assert (details["before"]["brand"], details["why"]) == ("Okai", "new frame")
    page = admin.get(f"/events?region=us-east1&subject=vehicle+{vehicle.key}").text
    assert re.search("Brand:</span> <del>Okai</del> → <ins>Segway</ins>", page)
    assert f"subject=vehicle+{vehicle.key}" in admin.get(f"/fleet/vehicles/{vehicle.key}").text


def test_an_edit_by_an_owner_shows_what_the_vehicle_was_and_not_where(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    owner = make_user(roles=["owner"])
    vehicle = make_vehicle(owner=owner, brand="Okai")
    browser = new_browser(app).sign_in(owner)
    edited = browser.send(f"/vehicles/{vehicle.key}/edit", **BIKE)
    assert edited.status_code == 303
    details = read_one(app, AuditKind.VEHICLE_CHANGED).details
    assert details["before"].keys() == details["after"].keys()
    assert details["before"]["brand"] == "Okai"
    assert details["after"]["brand"] == BIKE["brand"]
    assert "address" not in details["after"]
