"""Account deletion: what it removes, what it keeps, and what blocks it."""

import pytest
from flask import Flask
from sqlalchemy import URL, select

from tests.database_proxy import open_proxied_context
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.job_steps import read_mails
from tests.riders.steps import count_rows, make_profile
from webapp.audit.models import AuditEvent
from webapp.auth.models import RoleGrant, User
from webapp.auth.services.last_admin import LastAdmin
from webapp.auth.services.role_grants import grant_role
from webapp.auth.services.staff_accounts import close_account
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.services.remove import OwnedVehicleInUse
from webapp.regions.geography import Place, Point
from webapp.riders.models import Profile
from webapp.riders.services.account_deletion import RideNotEnded, delete_account
from webapp.riders.services.profile import save_profile
from webapp.rides.models import Ride
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride
from webapp.web.roles import Role

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada", roles=["fleet"])


@pytest.fixture
def bob(make_user: UserFactory) -> User:
    return make_user("bob")


def test_deletion_keeps_rides_without_the_person_and_removes_vehicles(
    ada: User, bob: User, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    save_profile(ada.key, make_profile())
    own_vehicle, other_vehicle = make_vehicle(owner=ada), make_vehicle(owner=bob)
    ride = start_ride(ada.key, other_vehicle.public_key)
    end_ride(ada.key, ride, Place("here", Point(40.7359, -73.9911)))

    delete_account(ada)

    assert row(User, ada.key) is None
    assert (row(Ride, ride).rider_region, row(Ride, ride).rider_id) == (None, None)
    assert row(Ride, ride).end == Place("here", Point(40.7359, -73.9911))
    gone = row(Vehicle, own_vehicle.key)
    assert (gone.state, gone.owner_region, gone.owner_id) == ("removed", None, None)
    assert row(Vehicle, other_vehicle.key).state == "available"
    assert {table: count_rows(table) for table in (Profile, RoleGrant)} == {
        Profile: 0,
        RoleGrant: 0,
    }
    assert row(User, bob.key)


@pytest.mark.parametrize("city", ["new york", "paris"])
def test_an_open_ride_blocks_deletion_and_keeps_the_vehicles(
    ada: User, make_vehicle: VehicleFactory, row: RowReader, city: str
) -> None:
    own_vehicle = make_vehicle(owner=ada)
    start_ride(ada.key, make_vehicle(city).public_key)
    with pytest.raises(RideNotEnded):
        delete_account(ada)
    assert Role.FLEET in row(User, ada.key).roles
    assert (row(Vehicle, own_vehicle.key).state, row(Vehicle, own_vehicle.key).owner_id) == (
        "available",
        ada.id,
    )


def test_a_ride_on_ones_vehicle_blocks_deletion_until_it_ends(
    ada: User, bob: User, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    own_vehicle, other = make_vehicle(owner=ada), make_vehicle(owner=ada)
    ride = start_ride(bob.key, own_vehicle.public_key)
    with pytest.raises(OwnedVehicleInUse):
        delete_account(ada)
    assert row(Vehicle, other.key).state == "available"
    end_ride(bob.key, ride, Place("here", Point(40.7359, -73.9911)))
    delete_account(ada)
    assert row(Vehicle, own_vehicle.key).state == "removed"


def test_the_audit_event_of_a_deletion_does_not_name_the_person(ada: User) -> None:
    delete_account(ada)
    (audit_event,) = db.session.scalars(select(AuditEvent)).all()
    assert (audit_event.kind, audit_event.actor, audit_event.address, audit_event.details) == (
        "account.deleted",
        ada.key,
        None,
        {},
    )


def test_a_refused_deletion_writes_no_event_and_sends_no_mail(
    app: Flask, ada: User, bob: User, make_vehicle: VehicleFactory
) -> None:
    start_ride(bob.key, make_vehicle(owner=ada).public_key)
    with pytest.raises(OwnedVehicleInUse):
        delete_account(ada)
    assert "account.deleted" not in db.session.scalars(select(AuditEvent.kind)).all()
    assert read_mails(app) == []


def test_deletion_keeps_the_details_of_other_peoples_events(
    ada: User, bob: User, make_vehicle: VehicleFactory
) -> None:
    start_ride(bob.key, make_vehicle().public_key)
    details_before = [event.details for event in db.session.scalars(select(AuditEvent))]
    delete_account(ada)
    assert [
        e.details for e in db.session.scalars(select(AuditEvent)) if e.actor == bob.key
    ] == details_before


@pytest.mark.slow
@pytest.mark.parametrize("lose", ["drop_result_of", "drop_query"])
def test_a_deletion_whose_answer_was_lost_writes_one_event(
    server: URL, database: URL, ada: User, row: RowReader, lose: str
) -> None:
    if server.get_backend_name() != "postgresql":
        pytest.skip("speaks PostgreSQL's protocol")
    with open_proxied_context(server, database) as wire:
        getattr(wire, lose)("COMMIT")
        delete_account(ada)
        assert wire.pending_cut is None
    assert row(User, ada.key) is None
    assert db.session.scalars(select(AuditEvent.kind)).all() == ["account.deleted"]


def test_deleting_twice_is_no_error(ada: User, row: RowReader) -> None:
    delete_account(ada)
    delete_account(ada)
    assert row(User, ada.key) is None


@pytest.mark.parametrize(
    ("cities", "cities_of_other", "is_last"),
    [
        (None, None, False),
        (None, ["paris"], True),
        (["paris"], None, False),
        (["paris"], ["paris", "boston"], False),
        (["paris", "boston"], ["paris"], True),
    ],
)
def test_an_admin_goes_only_where_another_admin_stays(
    bob: User,
    make_user: UserFactory,
    row: RowReader,
    cities: list[str] | None,
    cities_of_other: list[str] | None,
    is_last: bool,
) -> None:
    boss = make_user("boss")
    grant_role(boss.key, Role.ADMIN, cities)
    grant_role(bob.key, Role.ADMIN, cities_of_other)
    if is_last:
        with pytest.raises(LastAdmin):
            delete_account(boss)
    else:
        delete_account(boss)
    assert (row(User, boss.key) is not None) == is_last


def test_an_admin_whose_account_is_closed_does_not_count_as_another(
    ada: User, make_user: UserFactory, row: RowReader
) -> None:
    boss, former = make_user("boss", roles=["admin"]), make_user("former", roles=["admin"])
    close_account(boss, former.key)
    with pytest.raises(LastAdmin):
        delete_account(boss)
    assert Role.ADMIN in row(User, boss.key).roles
    delete_account(ada)  # staff of another role
