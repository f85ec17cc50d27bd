"""The rules of accounts: one name, one person; passwords of any kind; roles."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError

from tests.database_proxy import open_proxied_context
from tests.factories import PASSWORD, RowReader, UserFactory, find_city
from webapp.auth import passwords
from webapp.auth.devices import Device
from webapp.auth.models import RoleGrant, User
from webapp.auth.services.login import WrongCredentials, check_password
from webapp.auth.services.registration import EmailTaken, Registration, UsernameTaken, register
from webapp.auth.services.roles import grant_role, revoke_role
from webapp.auth.services.users import find_user
from webapp.db.keys import RowKey
from webapp.db.transactions import AmbiguousCommit
from webapp.extensions import bcrypt, db
from webapp.regions.models import City
from webapp.web.roles import Role

LONG_PASSWORD = ("four words make one, " * 5)[:99]


pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def registration() -> Registration:
    return Registration(find_city("paris"), "Ada", "Lovelace", "Ada.L", "Ada@Example.ORG", PASSWORD)


def find_authenticated_user(name: str, password: str) -> User | None:
    """Return the account whose password this is, or None."""
    try:
        return check_password(name, password, Device(uuid4(), "", "127.0.0.1", None)).user
    except WrongCredentials:
        return None


def count_users() -> int:
    return db.session.scalar(select(func.count()).select_from(User)) or 0


# --- registering ---------------------------------------------------------------------------


def test_an_account_opens_in_the_region_of_its_home_city(
    registration: Registration, row: RowReader
) -> None:
    key = register(registration).key
    user = row(User, key)
    assert (user.region, user.city) == ("europe-west1", "paris")
    assert (user.first_name, user.last_name, user.short_name) == ("Ada", "Lovelace", "Ada L.")


def test_names_are_kept_in_lower_case(registration: Registration) -> None:
    user = register(registration)
    assert (user.username, user.email) == ("ada.l", "ada@example.org")


def test_the_new_account_is_readable_and_a_mere_rider(registration: Registration) -> None:
    user = register(registration)
    assert user.roles == {Role.RIDER}
    assert user.created_at.tzinfo
    assert str(user.key) == f"europe-west1.{user.id}"


def test_the_password_is_not_kept(registration: Registration, row: RowReader) -> None:
    stored = row(User, register(registration).key).password_hash
    assert stored.startswith("$2b$04$")
    assert PASSWORD not in stored


@pytest.mark.parametrize("city", ["paris", "seattle"])
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"email": "other@example.org"}, UsernameTaken),
        ({"username": "ADA.L", "email": "other@example.org"}, UsernameTaken),
        ({"username": "other"}, EmailTaken),
        ({"username": "other", "email": "ADA@example.org"}, EmailTaken),
    ],
)
def test_names_are_taken_in_any_case_and_in_the_whole_world(
    registration: Registration, city: str, changes: dict[str, str], error: type[Exception]
) -> None:
    register(registration)
    with pytest.raises(error):
        register(replace(registration, city=find_city(city), **changes))
    assert count_users() == 1


def test_other_refusals_of_the_database_are_not_taken_for_a_taken_name(
    registration: Registration,
) -> None:
    nowhere = City(name="nowhere", region="europe-west1")
    with pytest.raises(IntegrityError, match="fk_users_cities_city"):
        register(replace(registration, city=nowhere))


def test_registering_is_one_round_trip_and_a_lost_answer_is_told(
    server: URL, database: URL, registration: Registration
) -> None:
    if server.get_backend_name() != "postgresql":
        pytest.skip("speaks PostgreSQL's protocol")
    with open_proxied_context(server, database) as wire:
        register(registration)
        assert len(wire.take_queries()) == 1
        wire.drop_result_of("WITH")
        with pytest.raises(AmbiguousCommit):
            register(replace(registration, username="bob", email="bob@example.org"))
    assert count_users() == 2


# --- signing in ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ada.l", "ADA.L", "ada@example.org", "Ada@EXAMPLE.org"])
def test_one_signs_in_by_username_or_email_in_any_case(
    registration: Registration, name: str
) -> None:
    register(registration)
    user = find_authenticated_user(name, PASSWORD)
    assert user
    assert user.username == "ada.l"


@pytest.mark.parametrize("name", ["", "ada", "ada.l ", "@", "ada@example.com", "%", "ada_l"])
def test_an_unknown_name_signs_nobody_in(registration: Registration, name: str) -> None:
    register(registration)
    assert find_user(name) is None
    assert find_authenticated_user(name, PASSWORD) is None


@pytest.mark.parametrize("password", ["", PASSWORD.upper(), PASSWORD[:-1], PASSWORD + "x", "\0"])
def test_a_wrong_password_signs_nobody_in(registration: Registration, password: str) -> None:
    register(registration)
    assert find_authenticated_user("ada.l", password) is None


@pytest.mark.parametrize(
    ("password", "others"),
    [
        (LONG_PASSWORD + "1", [LONG_PASSWORD + "2", LONG_PASSWORD, LONG_PASSWORD[:72]]),
        ("pässwörd 🛴🛹🚲", ["pässwörd 🛴🛹", "passwörd 🛴🛹🚲"]),
        ("before\0after", ["before", "before\0", "before\0other"]),
        ("\0a\0b\0c\0d\0e", ["", "\0", "\0a\0b\0c\0d"]),
        (" spaces at both ends ", ["spaces at both ends"]),
    ],
    ids=["100 characters", "emoji", "NUL in it", "mostly NUL", "spaces"],
)
def test_a_password_of_any_characters_works_and_counts_to_its_end(
    registration: Registration, password: str, others: list[str]
) -> None:
    register(replace(registration, password=password))
    assert find_authenticated_user("ada.l", password)
    for other in others:
        assert find_authenticated_user("ada.l", other) is None


@pytest.mark.parametrize("name", ["ada.l", "nobody"])
def test_an_unknown_name_costs_a_hash_like_a_known_one(
    registration: Registration, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Otherwise the response time would show who has an account."""
    register(registration)
    find_authenticated_user(
        "nobody", "x"
    )  # computes the hash that passwords for unknown names are compared with
    hash_costs: list[str] = []
    check_password_hash = bcrypt.check_password_hash

    def count_check(stored: str, password: bytes) -> bool:
        hash_costs.append(stored[:7])
        return bool(check_password_hash(stored, password))

    monkeypatch.setattr(bcrypt, "check_password_hash", count_check)
    assert find_authenticated_user(name, "wrong") is None
    assert hash_costs == ["$2b$04$"]


def test_nobodys_password_opens_nothing() -> None:
    assert passwords.verify_password("nobody has this password", None) is False


# --- roles ---------------------------------------------------------------------------------


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
def test_an_admin_may_do_what_fleet_staff_may_and_nobody_else_does(
    make_user: UserFactory, stored_roles: list[str], roles: set[str]
) -> None:
    user = make_user(roles=stored_roles)
    assert user.roles == roles
    assert {role for role in Role if user.has_role(role)} == roles


def test_granting_twice_is_fine(make_user: UserFactory, row: RowReader) -> None:
    key = make_user().key
    grant_role(key, Role.FLEET)
    grant_role(key, Role.FLEET)
    assert [given.role for given in row(User, key).role_grants] == ["fleet"]


def test_withdrawing_takes_that_role_only_and_twice_is_fine(
    make_user: UserFactory, row: RowReader
) -> None:
    ada, bob = make_user(roles=["fleet", "owner"]).key, make_user(roles=["fleet"]).key
    revoke_role(ada, Role.FLEET)
    revoke_role(ada, Role.FLEET)
    assert row(User, ada).roles == {Role.RIDER, Role.OWNER}
    assert row(User, bob).has_role(Role.FLEET)


def test_rider_is_everyone_and_is_not_stored(make_user: UserFactory) -> None:
    with pytest.raises(IntegrityError, match="ck_grants_role"):
        grant_role(make_user().key, Role.RIDER)


def test_a_role_needs_an_account() -> None:
    with pytest.raises(IntegrityError, match="fk_grants_users_region"):
        grant_role(RowKey("us-east1", uuid4()), Role.ADMIN)
    assert db.session.scalar(select(func.count()).select_from(RoleGrant)) == 0
