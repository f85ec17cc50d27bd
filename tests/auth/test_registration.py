"""The service that registers accounts: names are unique, passwords are hashed."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError

from tests.database_proxy import open_proxied_context
from tests.factories import PASSWORD, RowReader, find_city
from webapp.auth.models import User
from webapp.auth.services.registration import EmailTaken, Registration, UsernameTaken, register
from webapp.db.transactions import AmbiguousCommit
from webapp.extensions import db
from webapp.regions.models import City
from webapp.web.roles import Role

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def registration() -> Registration:
    return Registration(find_city("paris"), "Ada", "Lovelace", "Ada.L", "Ada@Example.ORG", PASSWORD)


def count_users() -> int:
    return db.session.scalar(select(func.count()).select_from(User)) or 0


def test_an_account_opens_in_the_region_of_its_home_city(
    registration: Registration, row: RowReader
) -> None:
    key = register(registration).key
    user = row(User, key)
    assert (user.region, user.city) == ("europe-west1", "paris")
    assert (user.first_name, user.last_name, user.short_name) == ("Ada", "Lovelace", "Ada L.")


def test_names_are_stored_in_lower_case(registration: Registration) -> None:
    user = register(registration)
    assert (user.username, user.email) == ("ada.l", "ada@example.org")


def test_a_new_account_has_the_role_of_a_rider_only(registration: Registration) -> None:
    user = register(registration)
    assert user.roles == {Role.RIDER}
    assert user.created_at.tzinfo
    assert str(user.key) == f"europe-west1.{user.id}"


def test_only_a_hash_of_the_password_is_stored(registration: Registration, row: RowReader) -> None:
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
def test_names_are_unique_in_any_case_and_in_all_regions(
    registration: Registration, city: str, changes: dict[str, Any], error: type[Exception]
) -> None:
    register(registration)
    with pytest.raises(error):
        register(replace(registration, city=find_city(city), **changes))
    assert count_users() == 1


def test_other_errors_of_the_database_are_not_reported_as_a_taken_name(
    registration: Registration,
) -> None:
    nowhere = City(name="nowhere", region="europe-west1")
    with pytest.raises(IntegrityError, match="fk_users_cities_city"):
        register(replace(registration, city=nowhere))


def test_registering_is_one_round_trip_and_a_lost_answer_raises_an_error(
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
