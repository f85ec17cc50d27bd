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
from webapp.web.roles import Role

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.mark.parametrize(
    ("stored_roles", "roles"),
    [
        ([], {"rider"}),
        (["owner"], {"rider", "owner"}),
        (["fleet"], {"rider", "fleet"}),
        (["admin"], {"rider", "admin", "fleet"}),
        (["admin", "owner"], {"rider", "admin", "fleet", "owner"}),
    ],
)
def test_only_admins_have_the_role_of_fleet_staff_too(
    make_user: UserFactory, stored_roles: list[str], roles: set[str]
) -> None:
    user = make_user(roles=stored_roles)
    assert user.roles == roles
    assert {role for role in Role if user.has_role(role)} == roles


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
    assert row(User, bob).has_role(Role.FLEET)


def test_the_role_of_a_rider_cannot_be_stored(make_user: UserFactory) -> None:
    with pytest.raises(IntegrityError, match="ck_grants_role"):
        grant_role(make_user().key, Role.RIDER)


def test_a_role_needs_an_account() -> None:
    with pytest.raises(IntegrityError, match="fk_grants_users_region"):
        grant_role(RowKey("us-east1", uuid4()), Role.ADMIN)
    assert db.session.scalar(select(func.count()).select_from(RoleGrant)) == 0
