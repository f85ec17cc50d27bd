"""The second factor that staff must have."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.engine import URL

from tests.auth.second_factor_steps import (
    CODE_PAGE,
    REAUTHENTICATION_PAGE,
    SETTINGS_PAGE,
    TURN_OFF_PAGE,
    confirm_setup,
    enable_second_factor,
    totp_code,
)
from tests.auth.steps import is_signed_in, new_browser, read_rows, sign_in
from tests.databases import dispose_engines, make_app
from tests.factories import PASSWORD, UserFactory
from tests.visitor import Visitor
from webapp.auth.models import SecondFactor, User
from webapp.extensions import db
from webapp.web.access import required_access
from webapp.web.roles import PERMISSIONS, STAFF, Role

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture
def strict_app(app: Flask, database: URL) -> Iterator[Flask]:
    """An application that requires a second factor of staff_browser."""
    application = make_app(database, SECOND_FACTOR_REQUIRED=True)
    application.test_client_class = Visitor
    yield application
    dispose_engines(application)


@pytest.fixture
def staff_browser(strict_app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(strict_app).sign_in(make_user("farid", roles=["fleet"]))


@pytest.mark.slow
def test_staff_without_a_second_factor_are_led_to_its_setup_and_back(
    staff_browser: Visitor,
) -> None:
    setup_page = staff_browser.get("/fleet?city=paris").location
    page = staff_browser.get(setup_page).text
    assert "so a password alone is not enough. Set this up to open the pages of your role." in page
    shown_codes = confirm_setup(staff_browser, setup_page).text
    next_link = re.search(r'href="([^"]+)">I.ve saved them', shown_codes)
    assert next_link
    assert next_link[1] == "/fleet?city=paris"
    assert staff_browser.get(next_link[1]).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("role", STAFF)
def test_every_role_of_staff_needs_a_second_factor_for_every_page(
    strict_app: Flask, make_user: UserFactory, role: Role
) -> None:
    browser = new_browser(strict_app).sign_in(make_user(roles=[role]))
    with strict_app.app_context():
        paths = [
            rule.rule
            for rule in strict_app.url_map.iter_rules()
            if required_access(rule.endpoint) in PERMISSIONS[role]
            and not rule.arguments
            and not rule.rule.startswith("/api/")  # tests/api: tokens have it or not
        ]
    assert paths or role is Role.ANALYST
    for path in paths:
        response = browser.get(path)
        if response.status_code != 405:
            assert response.location.startswith(f"{SETTINGS_PAGE}?next="), path


@pytest.mark.slow
def test_staff_who_signed_in_without_their_second_factor_are_asked_for_it(
    strict_app: Flask, staff_browser: Visitor
) -> None:
    with strict_app.app_context():
        farid = db.session.scalars(select(User)).unique().one()
    secret = enable_second_factor(strict_app, farid)
    setup_page = staff_browser.get("/fleet").location
    reauthentication_page = staff_browser.get(setup_page).location
    assert reauthentication_page.startswith(f"{REAUTHENTICATION_PAGE}?next=")
    assert "Use a recovery code instead" in staff_browser.get(reauthentication_page).text
    back = staff_browser.send(
        reauthentication_page, password=PASSWORD, code=totp_code(secret)
    ).location
    response = staff_browser.get(back)
    assert (response.status_code, response.location) == (303, "/fleet")
    assert staff_browser.get("/fleet").status_code == 200


@pytest.mark.slow
def test_staff_who_signed_in_with_a_code_are_not_asked_again(
    strict_app: Flask, make_user: UserFactory
) -> None:
    secret = enable_second_factor(strict_app, make_user("ada", roles=["admin"]))
    client = new_browser(strict_app)
    sign_in(client)
    client.send(CODE_PAGE, code=totp_code(secret))
    assert client.get("/users").status_code == 200


def test_staff_cannot_disable_it_and_see_the_reason(
    app: Flask, strict_app: Flask, make_user: UserFactory
) -> None:
    farid = make_user("farid", roles=["fleet"])
    secret = enable_second_factor(strict_app, farid)
    client = new_browser(strict_app).sign_in(farid, second_factor=True)
    assert "Your role gives you access" in client.get(SETTINGS_PAGE).text
    assert "<form" not in client.get(TURN_OFF_PAGE).text.split("<main")[1]
    response = client.send(TURN_OFF_PAGE, code=totp_code(secret))
    assert response.status_code == 409
    assert "Your role gives you access" in response.text
    assert read_rows(app, SecondFactor)


@pytest.mark.slow
def test_riders_need_no_second_factor(strict_app: Flask, make_user: UserFactory) -> None:
    client = new_browser(strict_app).sign_in(make_user("robin"))
    assert is_signed_in(client)
    page = client.get(SETTINGS_PAGE).text
    assert "a password alone is not enough" not in page


def test_staff_need_no_second_factor_where_it_is_not_required(
    app: Flask, make_user: UserFactory
) -> None:
    assert new_browser(app).sign_in(make_user(roles=["fleet"])).get("/fleet").status_code == 200
