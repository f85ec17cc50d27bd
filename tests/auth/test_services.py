"""The rules of accounts: one name, one person; passwords of any kind; roles."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from tests.database_proxy import open_proxied_context
from tests.factories import PASSWORD
from webapp.auth import passwords
from webapp.auth.devices import Device
from webapp.auth.models import RoleGrant, User
from webapp.auth.services.login import WrongCredentials, check_password
from webapp.auth.services.registration import EmailTaken, Registration, UsernameTaken, register
from webapp.auth.services.roles import grant_role, revoke_role
from webapp.auth.services.users import find_user, find_user_by_key
from webapp.db.keys import RowKey
from webapp.db.transactions import AmbiguousCommit
from webapp.extensions import bcrypt, db
from webapp.regions.catalogue import catalogue
from webapp.web.roles import Role

LONG = ("four words make one, " * 5)[:99]


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        yield app


@pytest.fixture
def told():
    return Registration(
        catalogue().find("paris"), "Ada", "Lovelace", "Ada.L", "Ada@Example.ORG", PASSWORD
    )


def authenticate(name, password):
    """The account that this password opens, or None."""
    try:
        return check_password(name, password, Device(uuid4(), "", "127.0.0.1", None)).user
    except WrongCredentials:
        return None


def accounts():
    return db.session.scalar(select(func.count()).select_from(User))


# --- registering ---------------------------------------------------------------------------


def test_an_account_opens_in_the_region_of_its_home_city(told, row):
    key = register(told).key
    user = row(User, key)
    assert (user.region, user.city) == ("europe-west1", "paris")
    assert (user.first_name, user.last_name, user.short_name) == ("Ada", "Lovelace", "Ada L.")


def test_names_are_kept_in_lower_case(told):
    user = register(told)
    assert (user.username, user.email) == ("ada.l", "ada@example.org")


def test_the_new_account_is_readable_and_a_mere_rider(told):
    user = register(told)
    assert user.roles == {Role.RIDER}
    assert user.created_at.tzinfo
    assert str(user.key) == f"europe-west1.{user.id}"


def test_the_password_is_not_kept(told, row):
    stored = row(User, register(told).key).password_hash
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
def test_names_are_taken_in_any_case_and_in_the_whole_world(told, city, changes, error):
    register(told)
    with pytest.raises(error):
        register(replace(told, city=catalogue().find(city), **changes))
    assert accounts() == 1


def test_other_refusals_of_the_database_are_not_taken_for_a_taken_name(told):
    nowhere = catalogue().find("paris").__class__(name="nowhere", region="europe-west1")
    with pytest.raises(IntegrityError, match="fk_users_cities_city"):
        register(replace(told, city=nowhere))


def test_registering_is_one_round_trip_and_a_lost_answer_is_told(server, database, told):
    if server.get_backend_name() != "postgresql":
        pytest.skip("speaks PostgreSQL's protocol")
    with open_proxied_context(server, database) as wire:
        register(told)
        assert len(wire.take_queries()) == 1
        wire.drop_result_of("WITH")
        with pytest.raises(AmbiguousCommit):
            register(replace(told, username="bob", email="bob@example.org"))
    assert accounts() == 2


# --- signing in ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ada.l", "ADA.L", "ada@example.org", "Ada@EXAMPLE.org"])
def test_one_signs_in_by_username_or_email_in_any_case(told, name):
    register(told)
    assert authenticate(name, PASSWORD).username == "ada.l"


@pytest.mark.parametrize("name", ["", "ada", "ada.l ", "@", "ada@example.com", "%", "ada_l"])
def test_an_unknown_name_signs_nobody_in(told, name):
    register(told)
    assert find_user(name) is None
    assert authenticate(name, PASSWORD) is None


@pytest.mark.parametrize("password", ["", PASSWORD.upper(), PASSWORD[:-1], PASSWORD + "x", "\0"])
def test_a_wrong_password_signs_nobody_in(told, password):
    register(told)
    assert authenticate("ada.l", password) is None


@pytest.mark.parametrize(
    ("password", "others"),
    [
        (LONG + "1", [LONG + "2", LONG, LONG[:72]]),
        ("pässwörd 🛴🛹🚲", ["pässwörd 🛴🛹", "passwörd 🛴🛹🚲"]),
        ("before\0after", ["before", "before\0", "before\0other"]),
        ("\0a\0b\0c\0d\0e", ["", "\0", "\0a\0b\0c\0d"]),
        (" spaces at both ends ", ["spaces at both ends"]),
    ],
    ids=["100 characters", "emoji", "NUL in it", "mostly NUL", "spaces"],
)
def test_a_password_of_any_characters_works_and_counts_to_its_end(told, password, others):
    register(replace(told, password=password))
    assert authenticate("ada.l", password)
    for other in others:
        assert authenticate("ada.l", other) is None


@pytest.mark.parametrize("name", ["ada.l", "nobody"])
def test_an_unknown_name_costs_a_hash_like_a_known_one(told, monkeypatch, name):
    """Else the clock tells who has an account."""
    register(told)
    authenticate("nobody", "x")  # makes the hash that strangers are measured with
    rounds = []
    check = bcrypt.check_password_hash
    monkeypatch.setattr(
        bcrypt,
        "check_password_hash",
        lambda stored, p: rounds.append(stored[:7]) or check(stored, p),
    )
    assert authenticate(name, "wrong") is None
    assert rounds == ["$2b$04$"]


def test_nobodys_password_opens_nothing():
    assert passwords.verify_password("nobody has this password", None) is False


# --- finding by key ------------------------------------------------------------------------


def test_an_account_comes_with_its_roles_in_one_round_trip(make_user, round_trips):
    key = make_user(roles=["fleet", "owner"]).key
    round_trips()
    assert find_user_by_key(key).roles == {Role.RIDER, Role.FLEET, Role.OWNER}
    assert round_trips() == 1


@pytest.mark.parametrize("region", ["us-east1", "nowhere"])
def test_an_unknown_key_finds_no_account(make_user, region):
    make_user()
    assert find_user_by_key(RowKey(region, uuid4())) is None


# --- roles ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "held"),
    [
        ([], {"rider"}),
        (["owner"], {"rider", "owner"}),
        (["fleet"], {"rider", "fleet"}),
        (["admin"], {"rider", "admin", "fleet"}),
        (["admin", "owner"], {"rider", "admin", "fleet", "owner"}),
    ],
)
def test_an_admin_may_do_what_fleet_staff_may_and_nobody_else_does(make_user, stored, held):
    user = make_user(roles=stored)
    assert user.roles == held
    assert {role for role in Role if user.has_role(role)} == held


def test_granting_twice_is_fine(make_user, row):
    key = make_user().key
    grant_role(key, Role.FLEET)
    grant_role(key, Role.FLEET)
    assert [given.role for given in row(User, key).role_grants] == ["fleet"]


def test_withdrawing_takes_that_role_only_and_twice_is_fine(make_user, row):
    ada, bob = make_user(roles=["fleet", "owner"]).key, make_user(roles=["fleet"]).key
    revoke_role(ada, Role.FLEET)
    revoke_role(ada, Role.FLEET)
    assert row(User, ada).roles == {Role.RIDER, Role.OWNER}
    assert row(User, bob).has_role(Role.FLEET)


def test_rider_is_everyone_and_is_not_stored(make_user):
    with pytest.raises(IntegrityError, match="ck_grants_role"):
        grant_role(make_user().key, Role.RIDER)


def test_a_role_needs_an_account():
    with pytest.raises(IntegrityError, match="fk_grants_users_region"):
        grant_role(RowKey("us-east1", uuid4()), Role.ADMIN)
    assert db.session.scalar(select(func.count()).select_from(RoleGrant)) == 0
