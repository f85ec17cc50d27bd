"""Roles: which a user has, and how they are granted and revoked."""

from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from tests.factories import RowReader, UserFactory
from webapp.auth.models import RoleGrant, User
from webapp.auth.services.role_grants import grant_role, revoke_role
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.web.roles import GRANTABLE_ROLES, PERMISSIONS, STAFF, Permission, Role, list_roles_with

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.mark.parametrize("role", GRANTABLE_ROLES)
def test_an_account_has_the_permissions_of_its_role_and_no_others(
    make_user: UserFactory, role: Role
) -> None:
    user = make_user(roles=[role])
    assert user.roles == {"rider", role}
    assert {each for each in Permission if user.has_permission(each)} == PERMISSIONS[role]
    assert user.is_staff == (role in STAFF) == (role is not Role.OWNER)


def test_a_rider_has_no_permission(make_user: UserFactory) -> None:
    user = make_user()
    assert user.roles == {"rider"}
    assert not user.is_staff
    assert not any(map(user.has_permission, Permission))


def test_the_manager_of_a_fleet_may_do_what_all_other_staff_of_a_city_may() -> None:
    others = PERMISSIONS[Role.SUPPORT] | PERMISSIONS[Role.MECHANIC] | PERMISSIONS[Role.ANALYST]
    assert others < PERMISSIONS[Role.FLEET] < PERMISSIONS[Role.ADMIN] == set(Permission)


def test_mechanics_and_analysts_see_no_persons() -> None:
    may_not = {role for role in STAFF if role not in list_roles_with(Permission.VIEW_RIDERS)}
    assert may_not == {Role.MECHANIC, Role.ANALYST}


@pytest.mark.parametrize(
    "permission", [Permission.VIEW_RIDES, Permission.ANSWER_DISPUTES, Permission.MANAGE_ACCOUNTS]
)
def test_pages_that_are_about_persons_need_a_role_that_sees_persons(permission: Permission) -> None:
    assert set(list_roles_with(permission)) <= set(list_roles_with(Permission.VIEW_RIDERS))


def test_a_role_of_a_newer_release_gives_no_permission() -> None:
    assert RoleGrant(role="king", cities=None).permissions == frozenset()


def test_granting_a_role_twice_is_no_error(make_user: UserFactory, row: RowReader) -> None:
    key = make_user().key
    grant_role(key, Role.FLEET)
    grant_role(key, Role.FLEET)
    assert [grant.role for grant in row(User, key).role_grants] == ["fleet"]


def test_revoking_a_role_removes_only_that_role_and_twice_is_no_error(
    make_user: UserFactory, row: RowReader
) -> None:
    ada, bob = make_user(roles=["fleet", "owner"]).key, make_user(roles=["fleet"]).key
    revoke_role(ada, Role.FLEET)
    revoke_role(ada, Role.FLEET)
    assert row(User, ada).roles == {Role.RIDER, Role.OWNER}
    assert Role.FLEET in row(User, bob).roles


def test_the_role_of_a_rider_cannot_be_stored(make_user: UserFactory) -> None:
    with pytest.raises(IntegrityError, match="ck_grants_role"):
        grant_role(make_user().key, Role.RIDER)


def test_a_role_needs_an_account() -> None:
    with pytest.raises(IntegrityError, match="fk_grants_users_region"):
        grant_role(RowKey("us-east1", uuid4()), Role.ADMIN)
    assert db.session.scalar(select(func.count()).select_from(RoleGrant)) == 0
