"""Sessions are rows: they end when they should, everywhere; people see and end their own."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import URL, delete, func

from tests.api.client import ApiClient
from tests.auth.steps import (
    NEW_PASSWORD,
    age_rows,
    find_link,
    is_signed_in,
    new_browser,
    read_login_sessions,
    sign_in,
    update_rows,
)
from tests.databases import dispose_engines, make_app
from tests.factories import PASSWORD, UserFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.auth.devices import current_device
from webapp.auth.models import LoginSession, User
from webapp.auth.services import sessions
from webapp.auth.services.role_grants import grant_role, revoke_role
from webapp.extensions import db
from webapp.web.roles import Role

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
A_MOMENT = timedelta(seconds=30)


# --- when they end -------------------------------------------------------------------------


def test_a_cookie_replayed_after_signing_out_is_not_signed_in(app: Flask, rider: Visitor) -> None:
    cookie = rider.get_cookie("movr")
    assert cookie
    rider.send("/logout")
    other_browser = new_browser(app)
    other_browser.set_cookie("movr", cookie.value)
    assert not is_signed_in(other_browser)
    assert "Sign in" in other_browser.get("/").text


#: Kind of session -> its columns, roles of the account, and how long it lasts: unused, in all.
KINDS = {
    "plain": ({}, [], 12 * HOUR, 24 * HOUR),
    "remembered": ({"remember": True}, [], 14 * DAY, 30 * DAY),
    "owner's": ({}, ["owner"], 12 * HOUR, 24 * HOUR),
    "fleet staff's": ({}, ["fleet"], HOUR / 2, 12 * HOUR),
    "admin's, remembered": ({"remember": True}, ["admin"], HOUR / 2, 12 * HOUR),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_session_that_is_not_used_ends(app: Flask, make_user: UserFactory, kind: str) -> None:
    columns, roles, idle, _ = KINDS[kind]
    client = new_browser(app).sign_in(make_user(roles=roles), **columns)
    age_rows(app, LoginSession, "last_seen_at", idle - A_MOMENT)
    assert is_signed_in(client)
    assert is_signed_in(client), "being used is being seen"
    age_rows(app, LoginSession, "last_seen_at", idle)
    assert not is_signed_in(client)


@pytest.mark.parametrize("kind", KINDS)
def test_a_session_in_use_ends_after_its_total_time(
    app: Flask, make_user: UserFactory, kind: str
) -> None:
    columns, roles, _, absolute = KINDS[kind]
    client = new_browser(app).sign_in(make_user(roles=roles), **columns)
    age_rows(app, LoginSession, "created_at", absolute - A_MOMENT)
    assert is_signed_in(client)
    age_rows(app, LoginSession, "created_at", A_MOMENT)
    assert not is_signed_in(client)


def test_granting_a_staff_role_shortens_the_session_at_once(app: Flask, ada: User) -> None:
    client = new_browser(app).sign_in(ada)
    age_rows(app, LoginSession, "last_seen_at", HOUR)
    with app.app_context():
        grant_role(ada.key, Role.FLEET)
    assert not is_signed_in(client)


# --- changes of the account apply at the next request -----------------------------------


def test_a_revoked_role_has_no_effect_at_the_next_request(
    app: Flask, make_user: UserFactory
) -> None:
    boss = make_user(roles=["admin"])
    client = new_browser(app).sign_in(boss)
    assert client.get("/fleet").status_code == 200
    with app.app_context():
        revoke_role(boss.key, Role.ADMIN)
    assert client.get("/fleet").status_code == 403
    assert is_signed_in(client)


def test_a_disabled_account_is_signed_out_at_the_next_request(app: Flask, ada: User) -> None:
    client = new_browser(app).sign_in(ada)
    assert is_signed_in(client)
    update_rows(app, User, User.id == ada.id, disabled_at=func.now())
    assert not is_signed_in(client)


def test_a_password_change_ends_the_sessions_of_other_devices(
    app: Flask, ada: User, make_user: UserFactory
) -> None:
    browser, other_browser = new_browser(app).sign_in(ada), new_browser(app).sign_in(ada)
    neighbour = new_browser(app).sign_in(make_user())
    browser.send(
        "/account/password", current=PASSWORD, password=NEW_PASSWORD, password_again=NEW_PASSWORD
    )
    assert (is_signed_in(browser), is_signed_in(other_browser), is_signed_in(neighbour)) == (
        True,
        False,
        True,
    )


def test_a_password_reset_ends_all_other_sessions(app: Flask, ada: User) -> None:
    before, browser = new_browser(app).sign_in(ada), new_browser(app)
    browser.send("/forgotten", email=ada.email)
    link = find_link(read_mails(app, ada.email)[-1], "/reset/")
    browser.send(link, password=NEW_PASSWORD, password_again=NEW_PASSWORD)
    assert (is_signed_in(browser), is_signed_in(before)) == (True, False)


# --- the list of sessions -----------------------------------------------------------

PHONE = {
    "agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) AppleWebKit Version/19.0 Safari/604.1",
    "address": "203.0.113.7",
    "city": "paris",
}


def test_the_list_shows_device_place_and_time_and_marks_this_session(app: Flask, ada: User) -> None:
    client = new_browser(app).sign_in(ada)
    new_browser(app).sign_in(ada, **PHONE)
    update_rows(app, LoginSession, LoginSession.city == "paris", last_seen_at=func.now() - HOUR * 3)
    page = client.get("/account").text
    this_entry, other_entry, _ = page.split("last seen")
    assert "Firefox on Linux" in this_entry
    assert "this device" in this_entry
    assert "Safari on iPhone" in other_entry
    assert "Paris · 203.0.113.7" in other_entry
    assert "this device" not in other_entry


def test_a_session_stores_the_city_that_the_proxy_sent(app: Flask) -> None:
    for header, city_name in (("Paris", "paris"), ("atlantis", None), ("", None)):
        with app.test_request_context(headers={"X-City": header}):
            assert current_device().city == city_name


def test_the_list_has_no_ended_sessions_and_none_of_other_accounts(
    app: Flask, ada: User, make_user: UserFactory
) -> None:
    client = new_browser(app).sign_in(ada)
    new_browser(app).sign_in(ada, ended_at=func.now())
    new_browser(app).sign_in(ada, last_seen_at=func.now() - 13 * HOUR)
    new_browser(app).sign_in(make_user("bob"))
    assert client.get("/account").text.count("last seen") == 1


def test_ending_one_session_signs_that_device_out_and_no_other(app: Flask, ada: User) -> None:
    browser, other_browser, third = (new_browser(app).sign_in(ada) for _ in range(3))
    lost = read_login_sessions(app)[1]
    for _ in range(2):  # the button may be pressed twice
        assert browser.send(f"/account/sessions/{lost.id}/end").status_code == 303
    assert "That device has been signed out." in browser.get("/account").text
    assert (is_signed_in(browser), is_signed_in(other_browser), is_signed_in(third)) == (
        True,
        False,
        True,
    )


def test_ending_this_session_is_signing_out(app: Flask, ada: User) -> None:
    browser, other_browser = new_browser(app).sign_in(ada), new_browser(app).sign_in(ada)
    response = browser.send(f"/account/sessions/{read_login_sessions(app)[0].id}/end")
    assert response.location == "/login"
    assert (is_signed_in(browser), is_signed_in(other_browser)) == (False, True)


def test_ending_all_others_leaves_this_one(app: Flask, ada: User, make_user: UserFactory) -> None:
    browser, *other_browsers = (new_browser(app).sign_in(ada) for _ in range(3))
    neighbour = new_browser(app).sign_in(make_user())
    for words in ("Signed out on 2 other devices.", "Signed out on 0 other devices."):
        assert browser.send("/account/sessions/end").status_code == 303
        assert words in browser.get("/account").text
    assert [is_signed_in(client) for client in (browser, *other_browsers, neighbour)] == [
        True,
        False,
        False,
        True,
    ]


def test_the_page_says_that_access_tokens_stay_when_the_account_has_some(
    app: Flask, ada: User, make_user: UserFactory
) -> None:
    browser, _ = (new_browser(app).sign_in(ada) for _ in range(2))
    ApiClient.of(app, make_user())
    assert "Access tokens stay" not in browser.get("/account").text
    program = ApiClient.of(app, ada)
    assert "Access tokens stay" in browser.get("/account").text
    browser.send("/account/sessions/end")
    assert program.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize("city", ["new york", "paris"])
def test_the_session_of_another_account_is_not_found_and_stays_open(
    app: Flask, ada: User, make_user: UserFactory, city: str
) -> None:
    other = new_browser(app).sign_in(make_user("bob", city))
    session_id = read_login_sessions(app)[0].id
    client = new_browser(app).sign_in(ada)
    for id_ in (session_id, uuid4()):
        assert client.send(f"/account/sessions/{id_}/end").status_code == 404
    client.send("/account/sessions/end")
    assert is_signed_in(other)


# --- last seen -----------------------------------------------------------------------------


def test_last_seen_is_written_at_most_once_a_minute(app: Flask, ada: User) -> None:
    client = new_browser(app).sign_in(ada)

    def seen_by_a_visit(after: timedelta) -> bool:
        age_rows(app, LoginSession, "last_seen_at", after)
        before = read_login_sessions(app)[0].last_seen_at
        client.get("/")
        return read_login_sessions(app)[0].last_seen_at != before

    assert not seen_by_a_visit(timedelta(seconds=50))
    assert seen_by_a_visit(timedelta(seconds=11))
    assert not seen_by_a_visit(timedelta(0))


def test_last_seen_is_written_after_the_response(app: Flask, ada: User) -> None:
    client = new_browser(app).sign_in(ada)
    age_rows(app, LoginSession, "last_seen_at", HOUR)
    before = read_login_sessions(app)[0].last_seen_at
    response = client.get("/", buffered=False)
    assert "Sign out" in response.text
    assert read_login_sessions(app)[0].last_seen_at == before
    response.close()
    assert read_login_sessions(app)[0].last_seen_at > before


def test_last_seen_of_an_ended_session_is_not_written(app: Flask, ada: User) -> None:
    new_browser(app).sign_in(ada, ended_at=func.now(), last_seen_at=func.now() - HOUR)
    before = read_login_sessions(app)[0]
    with app.app_context():
        sessions.update_last_seen(before.key)
    assert read_login_sessions(app)[0].last_seen_at == before.last_seen_at


# --- round trips and stale reads ------------------------------------------------


def test_loading_the_account_is_one_round_trip(
    rider: Visitor, round_trips: Callable[[], int]
) -> None:
    round_trips()
    assert rider.get("/users/me").status_code == 302
    assert round_trips() == 1


@pytest.mark.parametrize("fate", ["ended", "gone"])
def test_an_ended_session_costs_at_most_two_round_trips_and_only_once(
    app: Flask, ada: User, round_trips: Callable[[], int], fate: str
) -> None:
    client = new_browser(app).sign_in(ada)
    if fate == "ended":
        update_rows(app, LoginSession, ended_at=func.now())
    else:
        with app.app_context(), db.engines["write"].begin() as connection:
            connection.execute(delete(LoginSession))
    round_trips()
    assert client.get("/login").status_code == 200
    assert round_trips() == (1 if fate == "ended" else 2)
    client.get("/login")
    assert round_trips() == 0
    with client.session_transaction() as cookie:
        assert "_user_id" not in cookie


def test_a_session_follows_an_account_that_moves_to_another_region(
    app: Flask, ada: User, round_trips: Callable[[], int]
) -> None:
    browser, other_browser = new_browser(app).sign_in(ada), new_browser(app).sign_in(ada)
    moved = {"city": "paris", "first_name": "Ada", "last_name": "Byron", "about": ""}
    assert browser.send("/users/me/edit", **moved).status_code == 303
    for client, price in ((browser, 1), (other_browser, 2)):
        for trips in (price, 1):
            round_trips()
            assert client.get("/users/me").location.startswith("/users/europe-west1.")
            assert round_trips() == trips
        with client.session_transaction() as cookie:
            assert cookie["_user_id"].startswith("europe-west1.")


@pytest.mark.parametrize(
    ("city", "expected_paths"), [("paris", ["/", "/vehicles"]), ("new york", [])]
)
def test_only_public_pages_of_users_of_another_region_use_stale_reads(
    app: Flask,
    make_user: UserFactory,
    monkeypatch: pytest.MonkeyPatch,
    city: str,
    expected_paths: list[str],
) -> None:
    client = new_browser(app).sign_in(make_user(city=city))
    token = client.token()
    stale_paths: list[str] = []
    path = ""

    def record_path() -> dict[str, str]:
        stale_paths.append(path)
        return {}

    monkeypatch.setattr(sessions, "stale_reads", record_path)
    for path in ("/", "/vehicles", "/account", "/rides", "/users/me", "/nowhere"):
        client.get(path)
    client.post(path := "/logout", data={"csrf_token": token})
    assert stale_paths == expected_paths


# --- cookies -------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [{}, {"remember": "y"}])
def test_the_cookie_has_ids_and_nothing_from_before_sign_in(
    app: Flask, ada: User, fields: dict[str, str]
) -> None:
    client = new_browser(app)
    with client.session_transaction() as cookie:
        cookie.update(planted="by somebody else", _user_id="planted", _fresh=False)
    sign_in(client, **fields)
    with client.session_transaction() as cookie:
        assert set(cookie) <= {"_user_id", "_fresh", "csrf_token", "_permanent"}
        assert cookie["_user_id"] == str(read_login_sessions(app)[0].key)


def secure_sign_in(app: Flask) -> list[str]:
    """Sign in over https; return the cookies of the answer."""
    app.test_client_class = Visitor
    client, site = new_browser(app), "https://localhost/"
    client.get("/login", base_url=site)
    page = client.get("/login", base_url=site).text
    token = page.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    data = {"csrf_token": token, "username": "ada", "password": PASSWORD}
    response = client.post("/login", base_url=site, headers={"Referer": f"{site}login"}, data=data)
    assert response.status_code == 303, response.text
    return response.headers.getlist("Set-Cookie")


@pytest.mark.slow
def test_cookies_are_secure_http_only_same_site_and_without_a_domain(
    app: Flask, ada: User, database: URL
) -> None:
    secure = make_app(database, SESSION_COOKIE_SECURE=True)
    try:
        cookies = secure_sign_in(secure)
    finally:
        dispose_engines(secure)
    assert sorted(cookie.split("=")[0] for cookie in cookies) == ["__Host-device", "__Host-movr"]
    for cookie in cookies:
        flags = {part.strip() for part in cookie.split(";")[1:]}
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= flags
        assert "Domain" not in cookie
    device = next(cookie for cookie in cookies if "device" in cookie)
    assert f"Max-Age={400 * 24 * 3600}" in device
    assert read_login_sessions(app)[0].device == UUID(device.split("=")[1].split(";")[0])


def test_the_device_cookie_is_set_once_and_outlives_sessions(app: Flask, ada: User) -> None:
    client = new_browser(app)
    assert client.get("/login").headers.getlist("Set-Cookie")[0].startswith("movr=")
    assert client.get_cookie("device") is None, "who only looks around is not numbered"
    sign_in(client)
    first = client.get_cookie("device")
    assert first
    assert first.http_only
    assert first.same_site == "Lax"
    client.send("/logout")
    sign_in(client)
    assert client.get_cookie("device") == first
    assert len({login.device for login in read_login_sessions(app)}) == 1


@pytest.mark.parametrize("cookie", ["nonsense", "", "x" * 4000, "{}"])
def test_an_invalid_device_cookie_is_replaced(app: Flask, ada: User, cookie: str) -> None:
    client = new_browser(app)
    client.set_cookie("device", cookie)
    assert sign_in(client).status_code == 303
    assert read_login_sessions(app)[0].device
