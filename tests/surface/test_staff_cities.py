"""Staff see and do only what their role permits, and only in its cities: each role tries each route
of staff with rows of New York, once as staff of New York and once of Paris."""

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.factories import UserFactory
from tests.surface.routes import methods
from tests.surface.staff_site import StaffSite, load_staff_site
from webapp.auth.models import User
from webapp.web.roles import IN_ALL_CITIES, STAFF, Permission, Role

NEW_YORK = "new york"
#: Pages that are the same for each city: what roles may do.
OF_NO_CITY = {"auth.roles.index"}


@pytest.fixture
def site(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StaffSite:
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    return load_staff_site(app)


@pytest.mark.slow
def test_staff_of_another_city_get_nothing_of_a_city(
    make_user: UserFactory, site: StaffSite
) -> None:
    for role in STAFF:  # in one site, in which nobody changes anything
        staff = make_user(f"pia-{role}", "paris", roles={role: ["paris"]})
        assert_nothing_of_another_city(site, staff)


def assert_nothing_of_another_city(site: StaffSite, staff: User) -> None:
    site.store_import(staff)
    browser = site.sign_in(staff)
    for rule, permission in site.list_routes():
        is_permitted = staff.has_permission(permission)
        path = site.fill(rule)
        for method in methods(rule):
            if rule.arguments or permission in IN_ALL_CITIES:
                response = site.call(browser, method, path)
                assert response.status_code == (404 if is_permitted else 403), (method, path)
            else:
                response = site.call(browser, method, f"{path}?city=new+york")
                refusal = 200 if rule.endpoint in OF_NO_CITY else 404
                assert response.status_code == (refusal if is_permitted else 403), (method, path)
                for query in ("", "?name=mia", "?name=mia@example.org"):
                    text = site.call(browser, method, path + query).text
                    assert not site.codes.search(text), path
                    assert not site.persons.search(text.replace("mia@example.org", "")), path


@pytest.mark.slow
@pytest.mark.parametrize("role", STAFF)
def test_only_roles_that_may_see_persons_see_persons_in_their_own_city(
    make_user: UserFactory, site: StaffSite, role: Role
) -> None:
    staff = make_user("nora", NEW_YORK, roles={role: [NEW_YORK]})
    site.store_import(staff)
    browser = site.sign_in(staff)
    persons = set()
    for rule, permission in site.list_routes():
        path = site.fill(rule)
        for method in methods(rule):
            response = site.call(browser, method, path)
            if not staff.has_permission(permission):
                assert response.status_code == 403, path
            elif permission not in IN_ALL_CITIES and "<int" not in rule.rule:
                assert response.status_code in (200, 303, 409, 422), (method, path)
            persons |= set(site.persons.findall(response.text)) - {"Nora L"}
            if response.status_code == 303:
                browser = site.sign_in(staff)
    assert bool(persons) == staff.has_permission(Permission.VIEW_RIDERS), persons


@pytest.mark.slow
def test_the_menu_and_the_pages_of_staff_link_only_to_what_the_role_opens(
    make_user: UserFactory, site: StaffSite
) -> None:
    for role in STAFF:  # in one site: links are only followed
        staff = make_user(city=NEW_YORK, roles={role: [NEW_YORK]})
        assert find_closed_links(site, staff) == {}, role


def find_closed_links(site: StaffSite, staff: User) -> dict[str, int]:
    """Return the links that an account of staff may not open, with the status of their answers."""
    browser = site.sign_in(staff)
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
    return {link: code for link in links if (code := browser.get(link).status_code) >= 400}
