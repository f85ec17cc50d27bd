"""The service that registers accounts: names are unique, passwords are hashed."""

from dataclasses import replace

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
