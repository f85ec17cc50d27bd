"""The rules of being a rider: the profile, moving house, and leaving."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from tests.wire import wired_app
from webapp.audit.models import AuditEvent
from webapp.auth.models import RoleGrant, User
from webapp.auth.services.registration import user_at
from webapp.db.keys import RowKey
from webapp.db.paging import time_cursor
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.services.remove import VehicleRidden
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place
from webapp.riders.models import Profile
from webapp.riders.queries import read_profile, read_riders
from webapp.riders.services.account_deletion import RideNotEnded, delete_account
from webapp.riders.services.profile import ProfileData, save_profile
from webapp.rides.models import OpenRide, Ride
from webapp.rides.queries import history
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride
from webapp.web.roles import Role

NOWHERE = RowKey("us-east1", uuid4())


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        yield app


@pytest.fixture
def ada(make_user):
    return make_user("ada", roles=["fleet"])


@pytest.fixture
def bob(make_user):
    return make_user("bob")


def profile(city="new york", first_name="Ada", last_name="King", about="I count."):
    return ProfileData(catalogue().find(city), first_name, last_name, about)


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


# --- the profile ---------------------------------------------------------------------------


def test_a_rider_who_has_told_nothing_has_an_empty_profile(ada):
    user, about = read_profile(ada.key)
    assert (user.short_name, about) == ("Ada L.", "")


def test_what_is_told_is_kept_and_can_be_told_anew(ada):
    assert save_profile(ada.key, profile()) == ada.key
    assert save_profile(ada.key, profile(about="", last_name="Lovelace")) == ada.key
    user, about = read_profile(ada.key)
    assert (user.first_name, user.last_name, user.city, about) == (
        "Ada",
        "Lovelace",
        "new york",
        "",
    )
    assert count(Profile) == 1


def test_saving_changes_nobody_else(ada, bob):
    save_profile(ada.key, profile())
    user, about = read_profile(bob.key)
    assert (user.first_name, user.last_name, about) == ("Bob", "Lovelace", "")


@pytest.mark.parametrize("region", ["us-east1", "us-west1", "nowhere"])
def test_a_rider_who_is_not_there_is_not_found(region):
    with pytest.raises(NotFound):
        read_profile(RowKey(region, uuid4()))


def test_an_account_that_is_gone_cannot_be_saved():
    with pytest.raises(NotFound):
        save_profile(NOWHERE, profile())
    assert count(Profile) == 0


def test_a_profile_is_one_round_trip_even_for_who_rides(ada, make_vehicle, round_trips):
    save_profile(ada.key, profile())
    start_ride(ada.key, make_vehicle().public_key)
    round_trips()
    user, about = read_profile(ada.key)
    assert (user.short_name, user.city, user.created_at.year > 2000, about) == (
        "Ada K.",
        "new york",
        True,
        "I count.",
    )
    assert round_trips() == 1


# --- moving house --------------------------------------------------------------------------


def test_moving_within_the_region_keeps_the_key(ada, row):
    assert save_profile(ada.key, profile("boston")) == ada.key
    assert row(User, ada.key).city == "boston"


def test_moving_to_another_region_takes_everything_along(ada, bob, make_vehicle, row):
    old = ada.key
    save_profile(old, profile())
    own = make_vehicle(owner=ada)
    ended = start_ride(old, make_vehicle().public_key)
    end_ride(old, ended, Place("here"))
    running = start_ride(old, make_vehicle().public_key)

    new = save_profile(old, profile("paris", about="Bonjour."))

    assert new == RowKey("europe-west1", ada.id)
    user, about = read_profile(new)
    assert (user.city, user.username, about) == ("paris", "ada", "Bonjour.")
    assert row(User, new).has_role(Role.FLEET)
    assert row(User, old) is None
    assert {table: count(table) for table in (Profile, RoleGrant)} == {Profile: 1, RoleGrant: 1}
    assert {ride.key for ride in history(new, None).rows} == {ended, running}
    assert history(old, None).rows == []
    assert (row(Vehicle, own.key).owner_region, row(Vehicle, own.key).region) == (
        "europe-west1",
        "us-east1",
    )
    assert row(OpenRide, new).ride_key == running
    end_ride(new, running, Place("there"))
    assert row(OpenRide, new) is None
    assert row(User, bob.key).city == "new york"


def test_moving_there_and_back_is_the_old_address(ada, row):
    paris = save_profile(ada.key, profile("paris"))
    assert save_profile(paris, profile("new york")) == ada.key
    assert row(User, ada.key).city == "new york"


def test_an_old_key_still_leads_to_the_account_at_the_price_of_a_second_question(ada, round_trips):
    new = save_profile(ada.key, profile("paris"))
    db.session.expunge_all()
    round_trips()
    assert user_at(ada.key).key == new
    assert round_trips() == 2
    assert user_at(new).key == new
    assert round_trips() == 1


@pytest.mark.parametrize("lose", ["lose_answer_to", "lose_question"])
def test_a_move_whose_answer_was_lost_is_a_move(server, database, ada, row, lose):
    if server.get_backend_name() != "postgresql":
        pytest.skip("speaks PostgreSQL's protocol")
    with wired_app(server, database) as wire:
        getattr(wire, lose)("COMMIT")
        new = save_profile(ada.key, profile("paris"))
        assert wire.to_lose is None
    assert row(User, new).city == "paris"
    assert row(Profile, new).about == "I count."


# --- leaving -------------------------------------------------------------------------------


def test_leaving_keeps_the_rides_without_the_person_and_removes_the_vehicles(
    ada, bob, make_vehicle, row
):
    save_profile(ada.key, profile())
    own, others = make_vehicle(owner=ada), make_vehicle(owner=bob)
    ride = start_ride(ada.key, others.public_key)
    end_ride(ada.key, ride, Place("here"))

    delete_account(ada)

    assert row(User, ada.key) is None
    assert (row(Ride, ride).rider_region, row(Ride, ride).rider_id) == (None, None)
    assert row(Ride, ride).end == Place("here")
    gone = row(Vehicle, own.key)
    assert (gone.state, gone.owner_region, gone.owner_id) == ("removed", None, None)
    assert row(Vehicle, others.key).state == "available"
    assert {table: count(table) for table in (Profile, RoleGrant)} == {Profile: 0, RoleGrant: 0}
    assert row(User, bob.key)


@pytest.mark.parametrize("city", ["new york", "paris"])
def test_who_is_riding_stays_and_so_do_the_vehicles(ada, make_vehicle, row, city):
    own = make_vehicle(owner=ada)
    start_ride(ada.key, make_vehicle(city).public_key)
    with pytest.raises(RideNotEnded):
        delete_account(ada)
    assert row(User, ada.key).has_role(Role.FLEET)
    assert (row(Vehicle, own.key).state, row(Vehicle, own.key).owner_id) == ("available", ada.id)


def test_whose_vehicle_is_ridden_stays_until_the_ride_has_ended(ada, bob, make_vehicle, row):
    own, other = make_vehicle(owner=ada), make_vehicle(owner=ada)
    ride = start_ride(bob.key, own.public_key)
    with pytest.raises(VehicleRidden):
        delete_account(ada)
    assert row(Vehicle, other.key).state == "available"
    end_ride(bob.key, ride, Place("here"))
    delete_account(ada)
    assert row(Vehicle, own.key).state == "removed"


def test_leaving_is_told_without_telling_who_it_was(ada):
    delete_account(ada)
    (told,) = db.session.scalars(select(AuditEvent)).all()
    assert (told.kind, told.actor, told.address, told.details) == (
        "account.deleted",
        ada.key,
        None,
        {},
    )


def test_who_may_not_leave_is_not_told_to_have_left(app, ada, bob, make_vehicle):
    start_ride(bob.key, make_vehicle(owner=ada).public_key)
    with pytest.raises(VehicleRidden):
        delete_account(ada)
    assert "account.deleted" not in db.session.scalars(select(AuditEvent.kind)).all()
    assert app.extensions["mailman"].outbox == []


def test_the_events_of_others_keep_what_they_tell(ada, bob, make_vehicle):
    start_ride(bob.key, make_vehicle().public_key)
    kept = [event.details for event in db.session.scalars(select(AuditEvent))]
    delete_account(ada)
    assert [e.details for e in db.session.scalars(select(AuditEvent)) if e.actor == bob.key] == kept


@pytest.mark.parametrize("lose", ["lose_answer_to", "lose_question"])
def test_leaving_whose_answer_was_lost_is_told_once(server, database, ada, row, lose):
    if server.get_backend_name() != "postgresql":
        pytest.skip("speaks PostgreSQL's protocol")
    with wired_app(server, database) as wire:
        getattr(wire, lose)("COMMIT")
        delete_account(ada)
        assert wire.to_lose is None
    assert row(User, ada.key) is None
    assert db.session.scalars(select(AuditEvent.kind)).all() == ["account.deleted"]


def test_leaving_twice_is_no_error(ada, row):
    delete_account(ada)
    delete_account(ada)
    assert row(User, ada.key) is None


# --- riders of a city ----------------------------------------------------------------------


def test_staff_page_through_the_riders_of_a_city_newest_first(make_user, round_trips):
    now = datetime.now(UTC)
    moments = [now - timedelta(minutes=n // 3) for n in range(12)]
    users = [make_user(created_at=moment) for moment in moments]
    make_user(city="boston")
    make_user(city="paris")
    users.sort(key=lambda user: (user.created_at, user.id), reverse=True)
    found, after = [], None
    round_trips()
    while after != "":
        page = read_riders(catalogue().find("new york"), time_cursor(after))
        assert round_trips() == 1
        found += [user.key for user in page.rows]
        after = page.after
    assert found == [user.key for user in users]
