"""Roles that are limited to cities, and how staff grant and revoke them."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from tests.auth.steps import account_path, read_audit_kinds
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.auth.models import User
from webapp.auth.services import staff_accounts, staff_role_grants
from webapp.auth.services.role_grants import grant_role
from webapp.auth.services.staff_accounts import list_granted_cities
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.web.roles import Permission, Role

# --- roles that hold in some cities ------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/fleet/vehicles", "/users"])
@pytest.mark.parametrize("role", ["fleet", "admin"])
def test_staff_of_some_cities_see_only_those_cities(
    open_browser: Callable[[User], Visitor], make_user: UserFactory, path: str, role: str
) -> None:
    staff = open_browser(make_user("me", roles={role: ["boston", "paris"]}))
    first = staff.get(path)
    assert first.status_code == 200
    assert re.search("(of|in) Boston", first.text), (
        "New York, where they live, is not included: the first of the role's cities is shown"
    )
    assert "Paris" in first.text
    assert ">New York<" not in first.text
    assert "Seattle" not in first.text
    assert staff.get(f"{path}?city=paris").status_code == 200
    for other in ("new york", "seattle", "atlantis", "New York"):
        assert staff.get(path, query_string={"city": other}).status_code == 404


@pytest.mark.parametrize("path", ["/fleet/vehicles", "/users"])
def test_the_home_city_comes_first_if_the_role_includes_it(
    open_browser: Callable[[User], Visitor], make_user: UserFactory, path: str
) -> None:
    me = make_user(city="paris", roles={"fleet": ["boston", "paris"]})
    assert re.search("(of|in) Paris", open_browser(me).get(path).text)


def test_a_role_in_no_city_of_the_catalogue_gives_no_access(
    open_browser: Callable[[User], Visitor], make_user: UserFactory
) -> None:
    for cities in ([], ["atlantis"]):
        staff = open_browser(make_user(roles={"fleet": cities}))
        assert [staff.get(path).status_code for path in ("/fleet", "/users")] == [404, 404]


def test_the_cities_of_two_roles_are_combined(make_user: UserFactory) -> None:
    me = make_user(roles={"fleet": ["paris"], "admin": ["boston"], "owner": None})
    assert me.cities_with_permission(Permission.VIEW_VEHICLES) == {"paris", "boston"}
    assert me.cities_with_permission(Permission.CHANGE_PRICES) == {"boston"}
    assert me.has_permission(Permission.CHANGE_PRICES)
    assert not me.has_permission(Permission.CHANGE_PRICES, "paris")
    anna = make_user(roles={"analyst": None, "admin": ["boston"]})
    assert anna.cities_with_permission(Permission.VIEW_NUMBERS) is None
    assert anna.cities_with_permission(Permission.VIEW_VEHICLES) == {"boston"}
    assert anna.cities_with_permission(Permission.MANAGE_FEEDS) == {"boston"}


def test_vehicles_of_other_cities_are_not_shown(
    open_browser: Callable[[User], Visitor], make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    make_vehicle("boston", brand="Bostonian")
    make_vehicle("new york", brand="Yorker")
    page = open_browser(make_user(roles={"fleet": ["boston"]})).get("/fleet/vehicles").text
    assert "Bostonian" in page
    assert "Yorker" not in page


# --- giving and taking roles -------------------------------------------------------------------


def test_granting_and_revoking_a_role_take_effect_at_the_next_request(
    app: Flask, open_browser: Callable[[User], Visitor], admin_user: User, make_user: UserFactory
) -> None:
    ada = make_user("ada")
    user_browser, admin = open_browser(ada), open_browser(admin_user)
    assert user_browser.get("/fleet").status_code == 403
    admin.send(f"{account_path(ada)}/roles", role="fleet", city="paris", why="asked for it")
    assert user_browser.get("/fleet?city=paris").status_code == 200
    assert user_browser.get("/fleet?city=boston").status_code == 404
    admin.send(f"{account_path(ada)}/roles", role="fleet", city="boston", why="asked for it")
    assert user_browser.get("/fleet?city=boston").status_code == 200
    admin.send(f"{account_path(ada)}/roles", role="fleet", city="", why="asked for it")
    assert user_browser.get("/fleet?city=seattle").status_code == 200
    admin.send(f"{account_path(ada)}/roles/fleet/revoke", why="asked for it")
    assert user_browser.get("/fleet").status_code == 403
    with app.app_context():
        details = db.session.execute(
            select(AuditEvent.details)
            .where(AuditEvent.kind == AuditKind.ROLE_GRANTED)
            .order_by(AuditEvent.at)
        ).scalars()
        cities = [each["after"]["cities"] for each in details]
        assert cities == [["paris"], ["boston", "paris"], None]


def test_granting_never_removes_a_city(
    open_browser: Callable[[User], Visitor],
    admin_user: User,
    make_user: UserFactory,
    row: RowReader,
) -> None:
    ada = make_user("ada", roles=["fleet"])
    assert (
        open_browser(admin_user)
        .send(f"{account_path(ada)}/roles", role="fleet", city="paris", why="asked for it")
        .status_code
        == 303
    )
    assert list_granted_cities(row(User, ada.key), Role.FLEET) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("role", "city", "status"),
    [
        ("fleet", "paris", 303),
        ("admin", "paris", 303),
        ("admin", "", 422),
        ("fleet", "boston", 422),
        ("fleet", "new york", 422),
        ("fleet", "atlantis", 422),
        ("rider", "paris", 422),
        ("king", "paris", 422),
    ],
)
def test_an_admin_of_some_cities_grants_roles_there_only(
    open_browser: Callable[[User], Visitor],
    paris_admin: User,
    make_user: UserFactory,
    row: RowReader,
    role: str,
    city: str,
    status: int,
) -> None:
    ada = make_user("ada", city="paris")
    response = open_browser(paris_admin).send(
        f"{account_path(ada)}/roles", role=role, city=city, why="asked for it"
    )
    assert response.status_code == status
    expected = {role: {"paris"}} if status == 303 else {}
    assert {g.role: set(g.cities) for g in row(User, ada.key).role_grants} == expected


def test_the_service_checks_the_cities_too(
    app: Flask, paris_admin: User, make_user: UserFactory, row: RowReader
) -> None:
    ada = make_user("ada", city="paris")
    with app.app_context():
        for city in (None, "boston"):
            with pytest.raises(staff_accounts.NotAdminOfCity):
                staff_role_grants.grant_role(paris_admin, ada.key, Role.FLEET, city)
    assert row(User, ada.key).roles == {Role.RIDER}


@pytest.mark.parametrize(
    ("cities", "status", "left"),
    [
        (["paris"], 303, set()),
        (["boston", "paris"], 303, {"boston"}),
        (["boston"], 403, {"boston"}),
        (None, 403, None),
    ],
)
def test_an_admin_of_some_cities_revokes_roles_there_only(
    open_browser: Callable[[User], Visitor],
    paris_admin: User,
    make_user: UserFactory,
    row: RowReader,
    cities: list[str] | None,
    status: int,
    left: set[str] | None,
) -> None:
    ada = make_user("ada", city="paris", roles={"fleet": cities})
    assert (
        open_browser(paris_admin)
        .send(f"{account_path(ada)}/roles/fleet/revoke", why="asked for it")
        .status_code
        == status
    )
    assert list_granted_cities(row(User, ada.key), Role.FLEET) == left


def test_revoking_a_role_that_was_not_granted_changes_nothing(
    app: Flask, open_browser: Callable[[User], Visitor], admin_user: User, make_user: UserFactory
) -> None:
    ada, admin = make_user("ada"), open_browser(admin_user)
    assert (
        admin.send(f"{account_path(ada)}/roles/fleet/revoke", why="asked for it").status_code == 303
    )
    assert (
        admin.send(f"{account_path(ada)}/roles/king/revoke", why="asked for it").status_code == 404
    )
    assert read_audit_kinds(app) == []


@pytest.mark.slow
def test_of_two_admins_who_revoke_each_others_role_at_once_one_keeps_it(
    app: Flask, make_user: UserFactory, row: RowReader
) -> None:
    acts = [
        lambda a, b: staff_role_grants.revoke_role(a, b, Role.ADMIN),
        staff_accounts.close_account,
    ]
    for act in acts * 3:
        one, other = make_user(roles=["admin"]), make_user(roles=["admin"])
        results = run_together(app, partial(act, one, other.key), partial(act, other, one.key))
        assert [type(each) for each in results].count(NotFound) == 1, results
        still = [row(User, each.key) for each in (one, other)]
        assert sum(u.disabled_at is None and Role.ADMIN in u.roles for u in still) == 1


def test_a_role_in_no_city_is_not_a_role_in_all_cities(
    app: Flask, make_user: UserFactory, row: RowReader
) -> None:
    ada = make_user("ada")
    with app.app_context():
        grant_role(ada.key, Role.FLEET, [])
    assert list_granted_cities(row(User, ada.key), Role.FLEET) == set()
