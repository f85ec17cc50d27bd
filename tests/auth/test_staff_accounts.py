"""What staff see and do with the accounts of their cities."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.auth.second_factor_steps import enable_second_factor
from tests.auth.steps import account_path, read_audit_events, read_audit_kinds
from tests.factories import PASSWORD, RowReader, UserFactory, VehicleFactory
from tests.job_steps import read_mails
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.labels import ROLE_DESCRIPTIONS
from webapp.auth.models import User
from webapp.auth.queries import ROWS_SHOWN, find_account_details
from webapp.auth.services import staff_accounts
from webapp.auth.services.staff_accounts import list_granted_cities
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.fleet.models import Vehicle
from webapp.forms import MAX_WHY_LENGTH
from webapp.rides.models import OpenRide, Ride
from webapp.rides.services.start import start_ride
from webapp.web.roles import Role

# --- the page of an account --------------------------------------------------------------------


def test_admins_see_the_state_of_an_account_and_its_events(
    open_browser: Callable[[User], Visitor], admin_user: User, make_user: UserFactory
) -> None:
    ada = make_user("ada", city="paris", email_confirmed_at=None, roles={"fleet": ["paris"]})
    open_browser(ada).get("/events")  # access is denied
    for _ in range(2):
        open_browser(ada)
    page = open_browser(admin_user).get(account_path(ada)).text
    assert "ada@example.org" in page
    assert "not confirmed" in page
    assert "Fleet manager" in page
    assert all(str(description) in page for description in ROLE_DESCRIPTIONS.values())
    assert page.count("<strong>Firefox") == 3
    assert "Access denied" in page
    assert "access.denied" in page


def test_staff_see_of_an_account_what_their_role_permits(
    open_browser: Callable[[User], Visitor], make_user: UserFactory
) -> None:
    """Support sees the person, rides, reports and disputes; what belongs to the account itself, its
    money, sessions and events, is for admins. Mechanics and analysts see no persons."""
    ada = make_user("ada", city="paris", roles={"fleet": ["paris"]})
    open_browser(ada).get("/events")
    shown = {}
    for role in ("support", "fleet", "admin"):
        staff = open_browser(make_user(city="paris", roles={role: ["paris"]}))
        page = staff.get(account_path(ada)).text
        assert "ada@example.org" in page
        shown[role] = set(re.findall(r'<h2 id="(\w+)">', page))
        assert ("Close account" in page) == ("Revoke" in page) == (role == "admin")
    common = {"roles", "notes", "phone", "rides", "reports", "disputes", "blocks"}
    assert shown["support"] == shown["fleet"] == common
    assert shown["admin"] == common | {"wallet", "sessions", "events"}
    for role, cities, status in (("mechanic", "paris", 403), ("support", "boston", 404)):
        staff = open_browser(make_user(roles={role: [cities]}))
        assert staff.get(account_path(ada)).status_code == status


def test_sessions_and_events_of_others_are_not_on_the_page(
    app: Flask, open_browser: Callable[[User], Visitor], admin_user: User, make_user: UserFactory
) -> None:
    ada, bob = make_user("ada"), make_user("bob")
    open_browser(bob).get("/fleet")
    page = open_browser(admin_user).get(account_path(ada)).text
    assert "Not signed in anywhere." in page
    assert "Nothing yet." in page
    with app.app_context():
        account = find_account_details(admin_user, ada.key)
        assert (account.login_sessions, account.events) == ([], [])


def test_ended_sessions_are_not_shown(
    app: Flask,
    open_browser: Callable[[User], Visitor],
    admin_user: User,
    make_user: UserFactory,
    visitor: Visitor,
) -> None:
    ada, now = make_user("ada"), datetime.now(UTC)
    visitor.sign_in(ada, ended_at=now)
    visitor.sign_in(ada, last_seen_at=now - timedelta(days=2))
    alive = visitor.sign_in(ada) and ada.login_session.key
    with app.app_context():
        assert [
            login.key for login in find_account_details(admin_user, ada.key).login_sessions
        ] == [alive]


@pytest.mark.slow
def test_the_page_shows_the_newest_sessions_and_events_only(
    app: Flask, open_browser: Callable[[User], Visitor], admin_user: User, make_user: UserFactory
) -> None:
    ada, now = make_user("ada", roles=["fleet", "owner"]), datetime.now(UTC)
    for n in range(ROWS_SHOWN + 3):
        visitor: Visitor = app.test_client()  # type: ignore[assignment]
        visitor.sign_in(ada, last_seen_at=now - timedelta(minutes=n))
        open_browser(ada).get("/events")
    for city in ("boston", "paris"):
        open_browser(admin_user).send(
            f"{account_path(ada)}/roles", role="admin", city=city, why="asked for it"
        )
    with app.app_context():
        account = find_account_details(admin_user, ada.key)
        times = [login.last_seen_at for login in account.login_sessions]
        assert len(times) == len(account.events) == ROWS_SHOWN
        assert times == sorted(times, reverse=True)
        newest = [event.kind for event in account.events[:3]]
        assert newest == ["account.role_granted", "account.role_granted", "access.denied"]
        assert min(times) > now - timedelta(minutes=1)


def test_an_admin_of_some_cities_cannot_open_accounts_of_other_cities(
    open_browser: Callable[[User], Visitor], paris_admin: User, make_user: UserFactory
) -> None:
    ada, bob = make_user("ada", city="paris"), make_user("bob", city="boston")
    admin = open_browser(paris_admin)
    assert admin.get(account_path(ada)).status_code == 200
    assert admin.get(account_path(bob)).status_code == 404
    assert admin.get(account_path(ada).replace("europe-west1", "us-east1")).status_code == 404
    assert account_path(ada) in admin.get("/admin/users").text
    assert account_path(ada) in admin.get(f"/users/{ada.key}").text
    assert account_path(bob) not in admin.get(f"/users/{bob.key}").text


# --- closing and opening -----------------------------------------------------------------------


def test_a_disabled_account_is_signed_out_and_cannot_sign_in(
    app: Flask,
    open_browser: Callable[[User], Visitor],
    admin_user: User,
    make_user: UserFactory,
    visitor: Visitor,
) -> None:
    ada = make_user("ada")
    user_browser, admin = open_browser(ada), open_browser(admin_user)
    assert user_browser.get("/rides").status_code == 200
    for _ in range(2):
        assert admin.send(f"{account_path(ada)}/close", why="asked for it").status_code == 303
    assert user_browser.get("/rides").location.startswith("/login")
    refused = visitor.send("/login", username="ada", password=PASSWORD)
    assert "Wrong username or password." in refused.text
    page = admin.get(account_path(ada)).text
    assert "Not signed in anywhere." in page
    assert "Reopen account" in page
    assert read_audit_kinds(app).count("account.disabled") == 1


def test_an_enabled_account_can_sign_in_but_its_old_sessions_stay_ended(
    app: Flask,
    open_browser: Callable[[User], Visitor],
    admin_user: User,
    make_user: UserFactory,
    visitor: Visitor,
) -> None:
    ada = make_user("ada")
    user_browser, admin = open_browser(ada), open_browser(admin_user)
    admin.send(f"{account_path(ada)}/close", why="asked for it")
    for _ in range(2):
        assert admin.send(f"{account_path(ada)}/reopen", why="asked for it").status_code == 303
    assert user_browser.get("/rides").location.startswith("/login")
    assert visitor.send("/login", username="ada", password=PASSWORD).status_code == 303
    assert read_audit_kinds(app).count("account.enabled") == 1


def test_an_admin_ends_all_sessions_of_an_account(
    app: Flask, open_browser: Callable[[User], Visitor], admin_user: User, make_user: UserFactory
) -> None:
    ada = make_user("ada")
    phones = [open_browser(ada), open_browser(ada)]
    admin = open_browser(admin_user)
    assert admin.send(f"{account_path(ada)}/sessions/end", why="asked for it").status_code == 303
    assert [phone.get("/rides").status_code for phone in phones] == [303, 303]
    assert admin.get(account_path(ada)).status_code == 200
    assert read_audit_kinds(app).count("account.session_ended") == 1


def test_an_admin_signs_one_device_of_an_account_out(
    open_browser: Callable[[User], Visitor], admin_user: User, make_user: UserFactory
) -> None:
    ada = make_user("ada")
    lost, kept = open_browser(ada), open_browser(ada)
    lost.sign_in(ada)
    path = f"{account_path(ada)}/sessions/{ada.login_session.id}/end"
    admin = open_browser(admin_user)
    assert path in admin.get(account_path(ada)).text
    assert admin.send(path).status_code == 303
    assert [lost.get("/rides").status_code, kept.get("/rides").status_code] == [303, 200]


def test_an_admin_turns_off_a_second_factor_that_is_lost(
    app: Flask,
    open_browser: Callable[[User], Visitor],
    admin_user: User,
    make_user: UserFactory,
) -> None:
    ada = make_user("ada")
    enable_second_factor(app, ada)
    phone, admin = open_browser(ada), open_browser(admin_user)
    page = f"{account_path(ada)}/second-factor/reset"
    assert page in admin.get(account_path(ada)).text
    assert "password alone" in admin.get(page).text
    assert admin.send(page, why="lost the phone").status_code == 303
    assert phone.get("/rides").status_code == 303
    (event,) = read_audit_events(app, AuditKind.SECOND_FACTOR_OFF)
    assert (event.actor, event.city, event.details) == (
        admin_user.key, "new york", {"why": "lost the phone"},
    )  # fmt: skip
    assert [mail.subject for mail in read_mails(app, ada.email)] == [
        "Two-factor authentication is off"
    ]
    assert admin.send(page, why="again").status_code == 409, "it is off"


@pytest.mark.parametrize("act", ["close", "reopen", "second-factor/reset", "roles/fleet/revoke"])
def test_what_takes_something_from_a_person_needs_a_reason(
    app: Flask,
    open_browser: Callable[[User], Visitor],
    admin_user: User,
    make_user: UserFactory,
    act: str,
) -> None:
    ada = make_user("ada", roles=["fleet"])
    admin = open_browser(admin_user)
    for why in ("", " ", "x" * (MAX_WHY_LENGTH + 1)):
        response = admin.send(f"{account_path(ada)}/{act}", why=why)
        assert response.status_code == 422
        assert why.strip() in response.text, "nothing is lost"
    assert "account." not in "".join(read_audit_kinds(app))


def test_a_role_is_granted_with_a_reason_that_the_page_of_the_account_shows(
    open_browser: Callable[[User], Visitor], admin_user: User, make_user: UserFactory
) -> None:
    ada = make_user("ada")
    admin, roles = open_browser(admin_user), f"{account_path(ada)}/roles"
    page = admin.send(roles, role="support", city="paris")
    assert page.status_code == 422
    assert re.search('selected value="support"', page.text), "nothing is lost"
    assert admin.send(roles, role="support", city="paris", why="new here").status_code == 303
    assert "Why: new here" in admin.get(account_path(ada)).text


ACTIONS = [
    "close", "reopen", "sessions/end", "second-factor/reset",
    "roles", "roles/admin/revoke", "roles/fleet/revoke",
]  # fmt: skip
WHY = {"why": "asked for it"}
ROLE_FIELDS = {"role": "admin", "city": ""}


@pytest.mark.parametrize("act", ACTIONS)
def test_staff_cannot_change_their_own_account(
    open_browser: Callable[[User], Visitor], admin_user: User, row: RowReader, act: str
) -> None:
    admin = open_browser(admin_user)
    response = admin.send(
        f"{account_path(admin_user)}/{act}", **WHY, **ROLE_FIELDS if act == "roles" else {}
    )
    assert response.status_code == 409
    assert "your own account" in response.text
    assert list_granted_cities(row(User, admin_user.key), Role.ADMIN) is None
    assert admin.get("/events").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("act", ACTIONS)
def test_only_admins_of_the_city_can_change_an_account(
    app: Flask,
    open_browser: Callable[[User], Visitor],
    paris_admin: User,
    make_user: UserFactory,
    row: RowReader,
    act: str,
) -> None:
    bob = make_user("bob", city="boston", roles=["fleet"])
    fields = {**WHY, **({"role": "fleet", "city": "paris"} if act == "roles" else {})}
    for viewer, status in (
        (paris_admin, 404),
        (make_user(roles=["fleet"]), 403),
        (make_user(), 403),
    ):
        assert (
            open_browser(viewer).send(f"{account_path(bob)}/{act}", **fields).status_code == status
        )
    now = row(User, bob.key)
    assert (now.disabled_at, now.roles) == (None, {Role.RIDER, Role.FLEET})


@pytest.mark.slow
@pytest.mark.parametrize("act", ["close", "reopen", "sessions/end"])
@pytest.mark.parametrize("roles", [["admin"], ["fleet"], {"fleet": ["paris", "boston"]}])
def test_an_admin_cannot_change_an_account_with_roles_in_further_cities(
    open_browser: Callable[[User], Visitor],
    paris_admin: User,
    make_user: UserFactory,
    row: RowReader,
    act: str,
    roles: Any,
) -> None:
    chief = make_user("chief", city="paris", roles=roles)
    user_browser = open_browser(chief)
    assert open_browser(paris_admin).send(f"{account_path(chief)}/{act}", **WHY).status_code == 403
    assert row(User, chief.key).disabled_at is None
    assert user_browser.get("/rides").status_code == 200


@pytest.mark.parametrize("act", ACTIONS)
def test_actions_require_recent_authentication(
    visitor: Visitor, admin_user: User, make_user: UserFactory, act: str
) -> None:
    ada = make_user("ada")
    visitor.sign_in(admin_user, authenticated_at=datetime.now(UTC) - timedelta(hours=1))
    assert visitor.get(account_path(ada)).status_code == 200
    token = {"csrf_token": visitor.token()}
    came_from = {"Referer": f"http://localhost{account_path(ada)}"}
    response = visitor.post(f"{account_path(ada)}/{act}", data=token, headers=came_from)
    assert response.location == f"/login/again?next={account_path(ada)}"


def test_an_unknown_account_is_not_found_by_staff(app: Flask, admin_user: User) -> None:
    nowhere = RowKey("us-east1", UUID(int=1))
    with app.app_context():
        for act in (
            find_account_details,
            staff_accounts.close_account,
            staff_accounts.reopen_account,
            staff_accounts.end_sessions,
            partial(staff_accounts.reset_second_factor, why="lost"),
        ):
            with pytest.raises(NotFound):
                act(admin_user, nowhere)


def test_disabling_an_account_ends_its_ride_where_it_started(
    app: Flask,
    visitor: Visitor,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    row: RowReader,
) -> None:
    """Nobody could come back to end it, and the vehicle would be taken for ever."""
    admin_user, rider, vehicle = make_user(roles=["admin"]), make_user(), make_vehicle()
    with app.app_context():
        ride = start_ride(rider.key, vehicle.public_key)
    visitor.sign_in(admin_user).send(f"/users/{rider.key}/account/close", why="asked for it")
    assert row(Vehicle, vehicle.key).state == "available"
    ended = row(Ride, ride)
    assert ended.ended_at
    assert ended.end == ended.start
    assert row(OpenRide, rider.key) is None
    (audit_event,) = read_audit_events(app, AuditKind.RIDE_ENDED)
    assert audit_event.actor == admin_user.key


def test_events_of_an_account_in_another_region_are_on_its_page(
    app: Flask, visitor: Visitor, make_user: UserFactory
) -> None:
    admin_user, ada = make_user(roles=["admin"]), make_user("ada", city="paris")
    visitor.sign_in(admin_user)
    visitor.send(f"/users/{ada.key}/account/close", why="asked for it")
    assert "account.disabled" in visitor.get(f"/users/{ada.key}/account").text
