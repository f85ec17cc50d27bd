"""Reasons that staff type, and what an edited vehicle was before: in the audit trail, from pages."""

import re

import pytest
from flask import Flask

from tests.audit.actions.settings import NOTICE, SAVED_REPLY
from tests.audit.test_changes import FEED
from tests.auth.steps import new_browser, read_audit_events
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.fleet.pricing.test_plan_pages import TYPED
from tests.ops.job_rows import insert_job
from tests.ops.test_cities_pages import LYON
from tests.performance.walk import BIKE
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.fleet.feed_subscriptions.services import add_subscription

WHY, RULE = "the city asked for it", "/fleet/tasks/rules/boston/idle"
SETTINGS = {
    AuditKind.PLAN_PUBLISHED: ("/fleet/plans/new?city=boston&type=", {**TYPED, "publish": "Publish"}),
    AuditKind.SERVICE_TARGETS_CHANGED: (
        "/fleet/queues/boston/targets", {"first_action": "1", "answer": "8"},
    ),
    AuditKind.CITY_CHANGED: (
        "/admin/cities/boston",
        {"label": "Boston", "timezone": "America/New_York", "lat": "42.36", "lon": "-71.05"},
    ),
    AuditKind.CITY_OPENED: ("/admin/cities/new", {**LYON}),
    AuditKind.SAVED_REPLY_ADDED: ("/fleet/saved-replies/new?city=boston", {**SAVED_REPLY, "city": "boston", "nonce": "n"}),
    AuditKind.NOTICE_ADDED: ("/fleet/notices/new?city=boston", {**NOTICE, "nonce": "n"}),
    AuditKind.TASK_RULE_CHANGED: (
        RULE, {"idle-is_on": "y", "idle-hours": "9", "idle-kind": "rebalance"},
    ),
    AuditKind.ALERT_CHANGED: ("/fleet/alerts/boston/idle", {"threshold": "50", "mute_h": ""}),
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
    pages = {
        "/fleet/queues/boston/targets": "/fleet/queues",
        RULE: "/fleet/tasks/rules?city=boston",
    }
    label = re.search(
        r'<label for="([^"]*(?:why|reason))">Why', admin.get(pages.get(path, path)).text
    )
    assert label
    name = "idle-why" if path == RULE else label[1]
    assert admin.send(path, **fields, **{name: WHY}).status_code == 303
    assert read_one(app, kind).details["why"] == WHY


def test_pausing_a_feed_keeps_the_reason_and_a_long_one_is_refused(
    app: Flask, admin: Visitor
) -> None:
    with app.app_context():
        feed_key = add_subscription(find_city("boston"), FEED)
    page = f"/fleet/feeds/{feed_key}"
    refused = admin.send(f"{page}/pause", why="x" * 281)
    assert refused.status_code == 422
    assert "Use at most 280 characters." in refused.text
    assert admin.send(f"{page}/pause", why=WHY).status_code == 303
    assert read_one(app, AuditKind.FEED_PAUSED).details["why"] == WHY


def test_discarding_a_job_keeps_the_reason(app: Flask, admin: Visitor) -> None:
    job = insert_job(app, "waiting")
    refused = admin.send("/admin/jobs/discard?state=waiting", **{f"job-{job}": "on"}, why="x" * 281)
    assert refused.status_code == 422
    assert f'name="job-{job}" checked' in refused.text
    sent = admin.send("/admin/jobs/discard?state=waiting", **{f"job-{job}": "on"}, why=WHY)
    assert sent.status_code == 303
    assert read_one(app, AuditKind.JOB_DISCARDED).details["why"] == WHY


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
    arrow = '<span class="arrow">→</span>'
    assert f"Brand:</span> <del>Okai</del> {arrow} <ins>Segway</ins>" in page
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
