"""Profiles: saving, moving to another city, and the list of a city."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import URL

from tests.database_proxy import open_proxied_context
from tests.factories import RowReader, UserFactory, VehicleFactory, find_city
from tests.riders.steps import count_rows, make_profile
from webapp.auth.models import RoleGrant, User
from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor
from webapp.errors import NotFound
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Place, Point
from webapp.riders.models import Profile
from webapp.riders.queries import UserFilter, list_users, read_profile
from webapp.riders.services.profile import save_profile
from webapp.rides.history import list_rides
from webapp.rides.models import OpenRide
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride
from webapp.web.roles import Role

UNKNOWN_KEY = RowKey("us-east1", uuid4())


pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada", roles=["fleet"])


@pytest.fixture
def bob(make_user: UserFactory) -> User:
    return make_user("bob")


# --- the profile ---------------------------------------------------------------------------


def test_an_account_without_a_profile_has_an_empty_text(ada: User) -> None:
    user, about, _ = read_profile(ada.key)
    assert (user.short_name, about) == ("Ada L.", "")


def test_a_profile_can_be_saved_again(ada: User) -> None:
    assert save_profile(ada.key, make_profile()) == ada.key
    assert save_profile(ada.key, make_profile(about="", last_name="Lovelace")) == ada.key
    user, about, _ = read_profile(ada.key)
    assert (user.first_name, user.last_name, user.city, about) == (
        "Ada",
        "Lovelace",
        "new york",
        "",
    )
    assert count_rows(Profile) == 1


def test_saving_a_profile_changes_no_other_account(ada: User, bob: User) -> None:
    save_profile(ada.key, make_profile())
    user, about, _ = read_profile(bob.key)
    assert (user.first_name, user.last_name, about) == ("Bob", "Lovelace", "")


@pytest.mark.parametrize("region", ["us-east1", "us-west1", "nowhere"])
def test_an_unknown_account_is_not_found(region: str) -> None:
    with pytest.raises(NotFound):
        read_profile(RowKey(region, uuid4()))


def test_the_profile_of_a_deleted_account_cannot_be_saved() -> None:
    with pytest.raises(NotFound):
        save_profile(UNKNOWN_KEY, make_profile())
    assert count_rows(Profile) == 0


def test_reading_a_profile_costs_one_round_trip_even_during_a_ride(
    ada: User, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    save_profile(ada.key, make_profile())
    start_ride(ada.key, make_vehicle().public_key)
    round_trips()
    user, about, _ = read_profile(ada.key)
    assert (user.short_name, user.city, user.created_at.year > 2000, about) == (
        "Ada K.",
        "new york",
        True,
        "I count.",
    )
    assert round_trips() == 1


# --- moving ------------------------------------------------------------------------------


def test_moving_within_the_region_keeps_the_key(ada: User, row: RowReader) -> None:
    assert save_profile(ada.key, make_profile("boston")) == ada.key
    assert row(User, ada.key).city == "boston"


def test_moving_to_another_region_moves_all_rows_of_the_account(
    ada: User, bob: User, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    old = ada.key
    save_profile(old, make_profile())
    own = make_vehicle(owner=ada)
    ended = start_ride(old, make_vehicle().public_key)
    end_ride(old, ended, Place("here", Point(40.7359, -73.9911)))
    running = start_ride(old, make_vehicle().public_key)

    new = save_profile(old, make_profile("paris", about="Bonjour."))

    assert new == RowKey("europe-west1", ada.id)
    user, about, _ = read_profile(new)
    assert (user.city, user.username, about) == ("paris", "ada", "Bonjour.")
    assert Role.FLEET in row(User, new).roles
    assert row(User, old) is None
    assert {table: count_rows(table) for table in (Profile, RoleGrant)} == {
        Profile: 1,
        RoleGrant: 1,
    }
    assert {ride.key for ride in list_rides(new, None).rows} == {ended, running}
    assert list_rides(old, None).rows == []
    assert (row(Vehicle, own.key).owner_region, row(Vehicle, own.key).region) == (
        "europe-west1",
        "us-east1",
    )
    assert row(OpenRide, new).ride_key == running
    end_ride(new, running, Place("there", Point(40.7359, -73.9911)))
    assert row(OpenRide, new) is None
    assert row(User, bob.key).city == "new york"


def test_moving_there_and_back_restores_the_key(ada: User, row: RowReader) -> None:
    paris = save_profile(ada.key, make_profile("paris"))
    assert save_profile(paris, make_profile("new york")) == ada.key
    assert row(User, ada.key).city == "new york"


@pytest.mark.slow
@pytest.mark.parametrize("lose", ["drop_result_of", "drop_query"])
def test_a_move_survives_a_lost_answer(
    server: URL, database: URL, ada: User, row: RowReader, lose: str
) -> None:
    if server.get_backend_name() != "postgresql":
        pytest.skip("speaks PostgreSQL's protocol")
    with open_proxied_context(server, database) as wire:
        getattr(wire, lose)("COMMIT")
        new = save_profile(ada.key, make_profile("paris"))
        assert wire.pending_cut is None
    assert row(User, new).city == "paris"
    assert row(Profile, new).about == "I count."


# --- riders of a city ----------------------------------------------------------------------


def test_riders_of_a_city_are_paged_newest_first(
    make_user: UserFactory, round_trips: Callable[[], int]
) -> None:
    now = datetime.now(UTC)
    moments = [now - timedelta(minutes=n // 3) for n in range(12)]
    users = [make_user(created_at=moment) for moment in moments]
    make_user(city="boston")
    make_user(city="paris")
    users.sort(key=lambda user: (user.created_at, user.id), reverse=True)
    user_keys: list[RowKey] = []
    after: str | None = None
    round_trips()
    while after != "":
        page = list_users(UserFilter([find_city("new york")]), read_time_cursor(after))
        assert round_trips() == 1
        user_keys += [user.key for user in page.rows]
        after = page.after
    assert user_keys == [user.key for user in users]
