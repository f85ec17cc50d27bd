"""Staff see and do only what their role permits, and only in its cities: each role tries each route
of staff with rows of New York, once as staff of New York and once of Paris."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from tests.auth.steps import new_browser
from tests.factories import UserFactory
from tests.fleet.bulk_actions.steps import insert_bulk_action
from tests.fleet.feed_subscriptions.rows import insert_feed
from tests.fleet.tasks.steps import insert_task
from tests.surface.routes import methods, rules
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.auth.services.users import get_user
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.reports.models import Report
from webapp.fleet.zones.models import Zone
from webapp.ops.demo.cities import CITIES
from webapp.ops.demo.services import load_demo
from webapp.rides.disputes.models import Dispute
from webapp.rides.models import Ride
from webapp.web import access
from webapp.web.roles import STAFF, Permission, Role

NEW_YORK = "new york"
#: Pages about all cities together: 404 for everybody whose role holds in some only.
OF_ALL_CITIES = {
    Permission.VIEW_AUDIT_TRAIL,
    Permission.VIEW_STATUS,
    Permission.MANAGE_JOBS,
    Permission.MANAGE_CITIES,
}


@dataclass
class StaffSite:
    """The routes of staff, and rows of New York for their parameters."""

    app: Flask
    values: dict[str, Any]
    #: Matches a code of a vehicle, or the name of a person, of New York.
    codes: re.Pattern[str]
    persons: re.Pattern[str]

    def list_routes(self) -> list[tuple[Rule, Permission]]:
        with self.app.app_context():
            required = [(rule, access.required_access(rule.endpoint)) for rule in rules(self.app)]
        return [(rule, each) for rule, each in required if isinstance(each, Permission)]

    def fill(self, rule: Rule) -> str:
        if rule.endpoint.startswith("rides.disputes"):
            return rule.rule.replace("<key:ride_key>", self.values["dispute"])
        return re.sub(r"<[^>]+>", lambda match: str(self.values[match[0]]), rule.rule)

    def call(self, browser: Visitor, method: str, path: str) -> Any:
        data = {"csrf_token": browser.token()} if method == "POST" else {}
        return browser.open(path, method=method, data=data)


@pytest.fixture
def site(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StaffSite:
    """New York as in the demo: rides, reports, disputes, owners."""
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    with app.app_context():
        load_demo(CITIES[:1])
        reports = db.session.scalars(select(Report)).all()
        rider = get_user("mia")
        vehicle_key = _first_key(
            select(Vehicle).where(Vehicle.owner_id.is_not(None), Vehicle.state == "available")
        )
        values = {
            "<key:vehicle_key>": vehicle_key,
            "<trigger_name>": "idle",
            "<action_name>": "take_out_of_service",
            "<alert_name>": "idle",
            "<key:ride_key>": _first_key(select(Ride).where(Ride.ended_at.is_(None))),
            "<key:report_key>": next(each.key for each in reports if not each.answered_at),
            "<key:user_key>": rider.key,
            "<uuid:zone_id>": db.session.scalars(select(Zone.id)).first(),
            "<city_name>": "new%20york",
            "<role>": "fleet",
            "<int(max=3):number>": "1",
            "dispute": str(db.session.scalars(select(Dispute).limit(1)).one().ride_key),
        }
        codes = db.session.scalars(select(Vehicle.code)).all()
        # Who plans tasks reads the names of the staff who work in the same city.
        people = [each for each in db.session.scalars(select(User)).unique() if not each.is_staff]
    names = {
        name for each in people for name in (each.email, f"{each.first_name} {each.last_name[0]}")
    }
    values["<key:feed_key>"] = insert_feed(app)
    values["<key:task_key>"] = insert_task(app, vehicle_key)
    values["<key:bulk_action_key>"] = insert_bulk_action(app, NEW_YORK, vehicle_key)
    return StaffSite(app, values, _match_any({c[:5] for c in codes}), _match_any(names))


def _first_key(query: Any) -> RowKey:
    key: RowKey = db.session.scalars(query.limit(1)).one().key
    return key


def _match_any(words: set[str]) -> re.Pattern[str]:
    return re.compile("|".join(rf"\b{re.escape(word)}" for word in sorted(words)))


@pytest.mark.slow
@pytest.mark.parametrize("role", STAFF)
def test_staff_of_another_city_get_nothing_of_a_city(
    app: Flask, make_user: UserFactory, site: StaffSite, role: Role
) -> None:
    staff = make_user("pia", "paris", roles={role: ["paris"]})
    browser = new_browser(app).sign_in(staff)
    for rule, permission in site.list_routes():
        is_permitted = staff.has_permission(permission)
        path = site.fill(rule)
        for method in methods(rule):
            if rule.arguments or permission in OF_ALL_CITIES:
                response = site.call(browser, method, path)
                assert response.status_code == (404 if is_permitted else 403), (method, path)
            else:
                response = site.call(browser, method, f"{path}?city=new+york")
                assert response.status_code == (404 if is_permitted else 403), (method, path)
                for query in ("", "?name=mia", "?name=mia@example.org"):
                    text = site.call(browser, method, path + query).text
                    assert not site.codes.search(text), path
                    assert not site.persons.search(text.replace("mia@example.org", "")), path


@pytest.mark.slow
@pytest.mark.parametrize("role", STAFF)
def test_only_roles_that_may_see_persons_see_persons_in_their_own_city(
    app: Flask, make_user: UserFactory, site: StaffSite, role: Role
) -> None:
    staff = make_user("nora", NEW_YORK, roles={role: [NEW_YORK]})
    browser = new_browser(app).sign_in(staff)
    persons = set()
    for rule, permission in site.list_routes():
        path = site.fill(rule)
        for method in methods(rule):
            response = site.call(browser, method, path)
            if not staff.has_permission(permission):
                assert response.status_code == 403, path
            elif permission not in OF_ALL_CITIES and "<int" not in rule.rule:
                assert response.status_code in (200, 303, 409, 422), (method, path)
            persons |= set(site.persons.findall(response.text)) - {"Nora L"}
            if response.status_code == 303:
                browser = new_browser(app).sign_in(staff)
    assert bool(persons) == staff.has_permission(Permission.VIEW_RIDERS), persons


@pytest.mark.slow
@pytest.mark.parametrize("role", STAFF)
def test_the_menu_and_the_pages_of_staff_link_only_to_what_the_role_opens(
    app: Flask, make_user: UserFactory, site: StaffSite, role: Role
) -> None:
    staff = make_user("nora", NEW_YORK, roles={role: [NEW_YORK]})
    browser = new_browser(app).sign_in(staff)
    pages = [
        site.fill(rule)
        for rule, permission in site.list_routes()
        if "GET" in methods(rule) and staff.has_permission(permission)
    ]
    links = {
        link.replace("&amp;", "&")
        for page in ["/", *pages]
        for link in re.findall(
            r'href="(/(?:fleet|users|admin|events|credit)[^"#]*)', browser.get(page).text
        )
    }
    assert {link: code for link in links if (code := browser.get(link).status_code) >= 400} == {}
