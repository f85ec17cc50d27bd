"""Owners add, edit and remove vehicles."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError

from tests.database_proxy import open_proxied_context
from tests.factories import RowReader, UserFactory, VehicleFactory, find_city
from tests.fleet.vehicles import BIKE, BOARD, LONG_AGO, SQUARE, SQUARE_POINT, read_public_key
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.details import get_owner_vehicle_details
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import list_owner_vehicles, list_vehicles
from webapp.fleet.queries.nearest import list_nearest
from webapp.fleet.queries.vehicles import find_owner_vehicle, find_public_vehicle
from webapp.fleet.services.add import add_vehicle, retry_code_collisions
from webapp.fleet.services.description import VehicleDescription
from webapp.fleet.services.edit import VehicleInUse, edit_vehicle
from webapp.fleet.services.places import PlaceTooFar
from webapp.fleet.services.remove import (
    OwnedVehicleInUse,
    remove_vehicle,
    remove_vehicles_of_account,
)
from webapp.regions.geography import Place, Point
from webapp.regions.models import City
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride
from webapp.web.roles import Role

pytestmark = pytest.mark.usefixtures("app_context")


IN_USE = ["on_trip", "reserved"]


@pytest.fixture
def new_york() -> City:
    return find_city()


@pytest.fixture
def board_key(ada: User, new_york: City) -> RowKey:
    """The skateboard of Ada."""
    return add_vehicle(ada, new_york, BOARD)


# --- adding --------------------------------------------------------------------------------


def test_a_new_vehicle_is_available_at_the_given_place(
    board_key: RowKey, ada: User, row: RowReader
) -> None:
    vehicle = row(Vehicle, board_key)
    assert (vehicle.region, vehicle.city, vehicle.state) == ("us-east1", "new york", "available")
    assert (vehicle.form_factor, vehicle.propulsion_type) == ("other", "human")
    assert (vehicle.brand, vehicle.color, vehicle.place) == ("Globe", "green", SQUARE)
    assert vehicle.cell == SQUARE_POINT.cell
    assert (vehicle.owner_region, vehicle.owner_id) == ada.key


def test_the_first_vehicle_grants_the_owner_role_and_the_second_does_not_repeat_it(
    board_key: RowKey, ada: User, new_york: City, row: RowReader
) -> None:
    assert row(User, ada.key).roles == {Role.RIDER, Role.OWNER}
    add_vehicle(ada, new_york, BIKE)
    assert len(row(User, ada.key).role_grants) == 1


@pytest.mark.parametrize(
    ("point", "near"),
    [((42.36, -71.06), True), ((41.4, -74.0), True), ((47.6, -122.3), False), ((0, 0), False)],
    ids=["another city of the region", "75 km", "another region", "null island"],
)
def test_a_vehicle_must_be_near_a_city_of_the_region(
    ada: User, new_york: City, point: tuple[float, float], near: bool
) -> None:
    description = VehicleDescription("bike", "", "", Place(None, Point(*point)))
    if near:
        assert add_vehicle(ada, new_york, description)
    else:
        with pytest.raises(PlaceTooFar):
            add_vehicle(ada, new_york, description)
        assert db.session.scalar(select(func.count()).select_from(Vehicle)) == 0


def test_a_lost_commit_result_adds_no_second_vehicle(
    server: URL, database: URL, ada: User, new_york: City
) -> None:
    if server.get_backend_name() != "postgresql":
        pytest.skip("speaks PostgreSQL's protocol")
    with open_proxied_context(server, database) as proxy:
        proxy.drop_result_of("COMMIT")
        key = add_vehicle(ada, new_york, BOARD)
        assert proxy.pending_cut is None
        assert db.session.scalars(select(Vehicle.id)).all() == [key.id]


@pytest.fixture
def first_code_is_taken(server: URL, make_vehicle: VehicleFactory) -> Iterator[None]:
    """The next vehicle gets the code of another; the one after it gets a new code."""
    if server.get_backend_name() != "postgresql":
        pytest.skip("the default is PostgreSQL's")
    code = make_vehicle().code
    sequence = "CASE nextval('tries') WHEN 1 THEN 'AAAAAAAAAA' ELSE 'CCCCCCCCCC' END"
    default: Any = Vehicle.__table__.c.code.server_default  # SQLAlchemy types it as FetchedValue

    def set_default(sql: str) -> None:
        with db.engines["write"].begin() as connection:
            connection.execute(text(f"ALTER TABLE vehicles ALTER COLUMN code SET DEFAULT {sql}"))

    with db.engines["write"].begin() as connection:
        connection.execute(text("CREATE SEQUENCE tries"))
    set_default(sequence.replace("AAAAAAAAAA", code))
    yield
    set_default(default.arg.text)
    with db.engines["write"].begin() as connection:
        connection.execute(text("DROP SEQUENCE tries"))


def test_a_code_that_is_taken_is_generated_again(
    first_code_is_taken: None, ada: User, new_york: City, row: RowReader
) -> None:
    assert row(Vehicle, add_vehicle(ada, new_york, BOARD)).code == "CCCCCCCCCC"


def test_other_integrity_errors_are_not_retried(make_vehicle: VehicleFactory) -> None:
    attempts: list[int] = []

    def add_invalid_vehicle() -> Vehicle:
        attempts.append(1)
        return make_vehicle(lat=91.0)

    with pytest.raises(IntegrityError, match="ck_vehicles_lat"):
        retry_code_collisions(add_invalid_vehicle)
    assert len(attempts) == 1


def test_codes_have_ten_letters_that_are_hard_to_confuse(make_vehicle: VehicleFactory) -> None:
    codes = [make_vehicle().code for _ in range(20)]
    assert len(set(codes)) == 20
    for code in codes:
        assert len(code) == 10
        assert set(code) <= set("23456789ACDEHKMX")


# --- editing -------------------------------------------------------------------------------


def test_an_owner_changes_the_description_and_the_place(
    board_key: RowKey, ada: User, row: RowReader
) -> None:
    edit_vehicle(ada.key, board_key, BIKE)
    vehicle = row(Vehicle, board_key)
    assert (vehicle.form_factor, vehicle.propulsion_type) == ("bicycle", "electric_assist")
    assert (vehicle.brand, vehicle.color) == ("Riese", "red")
    assert (vehicle.address, vehicle.point, vehicle.cell) == ("the station", None, None)


def test_a_vehicle_out_of_service_stays_so_when_edited(
    ada: User, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle(owner=ada, state="non_operational")
    edit_vehicle(ada.key, vehicle.key, BIKE)
    assert row(Vehicle, vehicle.key).state == "non_operational"


def edit_or_remove(action: str, owner_key: RowKey, vehicle_key: RowKey) -> None:
    if action == "edit":
        edit_vehicle(owner_key, vehicle_key, BIKE)
    else:
        remove_vehicle(owner_key, vehicle_key)


edit_and_remove = pytest.mark.parametrize("action", ["edit", "remove"])


@edit_and_remove
def test_the_vehicle_of_another_owner_is_not_found_and_not_changed(
    action: str, board_key: RowKey, bob: User, row: RowReader
) -> None:
    with pytest.raises(NotFound):
        edit_or_remove(action, bob.key, board_key)
    vehicle = row(Vehicle, board_key)
    assert (vehicle.brand, vehicle.state) == ("Globe", "available")


@edit_and_remove
def test_a_rider_cannot_change_a_vehicle_of_the_operator(
    action: str, ada: User, make_vehicle: VehicleFactory
) -> None:
    with pytest.raises(NotFound):
        edit_or_remove(action, ada.key, make_vehicle().key)


@edit_and_remove
@pytest.mark.parametrize("region", ["us-east1", "nowhere"])
def test_an_unknown_vehicle_cannot_be_changed(action: str, ada: User, region: str) -> None:
    with pytest.raises(NotFound):
        edit_or_remove(action, ada.key, RowKey(region, uuid4()))


@pytest.mark.parametrize("region", ["us-east1", "nowhere"])
def test_an_unknown_vehicle_cannot_be_moved(ada: User, region: str) -> None:
    with pytest.raises(NotFound):
        edit_vehicle(ada.key, RowKey(region, uuid4()), BOARD)


@edit_and_remove
@pytest.mark.parametrize("state", IN_USE)
def test_a_vehicle_in_use_cannot_be_changed(
    action: str, ada: User, make_vehicle: VehicleFactory, row: RowReader, state: str
) -> None:
    vehicle = make_vehicle(owner=ada, state=state)
    with pytest.raises(VehicleInUse):
        edit_or_remove(action, ada.key, vehicle.key)
    assert (row(Vehicle, vehicle.key).brand, row(Vehicle, vehicle.key).state) == ("Okai", state)


@edit_and_remove
def test_a_vehicle_with_an_expired_reservation_can_be_changed(
    action: str, ada: User, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle(owner=ada, state="reserved", reserved_until=LONG_AGO)
    edit_or_remove(action, ada.key, vehicle.key)
    stored = row(Vehicle, vehicle.key)
    assert stored.current_state == ("available" if action == "edit" else "removed")
    assert stored.brand == ("Riese" if action == "edit" else "Okai")


@edit_and_remove
def test_a_vehicle_with_a_current_reservation_cannot_be_changed(
    action: str, ada: User, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    until = datetime.now(UTC) + timedelta(minutes=5)
    vehicle = make_vehicle(owner=ada, state="reserved", reserved_until=until)
    with pytest.raises(VehicleInUse):
        edit_or_remove(action, ada.key, vehicle.key)
    stored = row(Vehicle, vehicle.key)
    assert (stored.state, stored.reserved_until, stored.brand) == ("reserved", until, "Okai")


@edit_and_remove
def test_a_change_updates_the_time_of_change(
    action: str, ada: User, make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicle = make_vehicle(owner=ada, changed_at=LONG_AGO)
    edit_or_remove(action, ada.key, vehicle.key)
    assert row(Vehicle, vehicle.key).changed_at > LONG_AGO


@edit_and_remove
def test_a_vehicle_on_a_ride_can_be_changed_when_the_ride_has_ended(
    action: str, board_key: RowKey, ada: User, bob: User
) -> None:
    ride = start_ride(bob.key, read_public_key(board_key))
    with pytest.raises(VehicleInUse):
        edit_or_remove(action, ada.key, board_key)
    end_ride(bob.key, ride, SQUARE)
    db.session.expire_all()
    edit_or_remove(action, ada.key, board_key)


def test_a_place_too_far_away_changes_nothing(board_key: RowKey, ada: User, row: RowReader) -> None:
    with pytest.raises(PlaceTooFar):
        edit_vehicle(
            ada.key, board_key, VehicleDescription("bike", "", "", Place(None, Point(0, 0)))
        )
    assert row(Vehicle, board_key).place == SQUARE


# --- removing ------------------------------------------------------------------------------


def test_a_removed_vehicle_is_neither_found_nor_listed(
    board_key: RowKey, ada: User, new_york: City, row: RowReader
) -> None:
    public_key = read_public_key(board_key)
    assert find_public_vehicle(public_key).key == board_key
    remove_vehicle(ada.key, board_key)
    assert row(Vehicle, board_key).state == "removed"
    for find in (
        lambda: find_public_vehicle(public_key),
        lambda: find_owner_vehicle(ada.key, board_key),
        lambda: get_owner_vehicle_details(ada.key, board_key),
    ):
        with pytest.raises(NotFound):
            find()
    with pytest.raises(NotFound):
        edit_vehicle(ada.key, board_key, BIKE)
    assert list_owner_vehicles(ada.key, None).rows == []
    assert list_vehicles(VehicleFilter(new_york), None).rows == []
    assert list_nearest(VehicleFilter(new_york), SQUARE_POINT, 2_000, None).rows == []


def test_an_owner_can_remove_a_vehicle_twice_and_others_cannot(
    board_key: RowKey, ada: User, bob: User
) -> None:
    remove_vehicle(ada.key, board_key)
    remove_vehicle(ada.key, board_key)
    with pytest.raises(NotFound):
        remove_vehicle(bob.key, board_key)


def test_the_owner_role_ends_with_the_last_vehicle(
    board_key: RowKey, ada: User, new_york: City, row: RowReader
) -> None:
    other = add_vehicle(ada, new_york, BIKE)
    remove_vehicle(ada.key, board_key)
    assert Role.OWNER in row(User, ada.key).roles
    remove_vehicle(ada.key, other)
    assert row(User, ada.key).roles == {Role.RIDER}
    add_vehicle(ada, new_york, BIKE)
    assert Role.OWNER in row(User, ada.key).roles


def test_removing_a_vehicle_does_not_change_other_roles_and_other_owners(
    board_key: RowKey, ada: User, make_user: UserFactory, new_york: City, row: RowReader
) -> None:
    staff = make_user("eve", roles=["fleet"])
    vehicle = add_vehicle(staff, new_york, BIKE)
    remove_vehicle(staff.key, vehicle)
    assert row(User, staff.key).roles == {Role.RIDER, Role.FLEET}
    assert Role.OWNER in row(User, ada.key).roles


def test_an_owner_of_another_region_keeps_the_role_there(
    make_user: UserFactory, new_york: City, row: RowReader
) -> None:
    parisian = make_user(city="paris")
    vehicle = add_vehicle(parisian, new_york, BIKE)
    assert vehicle.region == "us-east1"
    assert Role.OWNER in row(User, parisian.key).roles
    remove_vehicle(parisian.key, vehicle)
    assert row(User, parisian.key).roles == {Role.RIDER}


@pytest.mark.parametrize(
    "columns",
    [{"lat": 91.0}, {"lon": -181.0}, {"lat": None}, {"form_factor": "boat"}, {"state": "lost"}],
    ids=str,
)
def test_the_database_refuses_an_invalid_vehicle(
    make_vehicle: VehicleFactory, columns: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError, match="ck_vehicles_"):
        make_vehicle(**columns)


# --- deleting the account ------------------------------------------------------------------


def delete_vehicles_of(owner: User) -> None:
    run_transaction(lambda session: remove_vehicles_of_account(session, owner.key))


@pytest.mark.parametrize("state", ["available", "non_operational", "missing", "reserved"])
def test_deleting_an_account_removes_its_vehicles(
    ada: User, bob: User, make_vehicle: VehicleFactory, row: RowReader, state: str
) -> None:
    old, hers = (make_vehicle(owner=ada, changed_at=LONG_AGO, state=s) for s in ("removed", state))
    expired = make_vehicle(owner=ada, state="reserved", reserved_until=LONG_AGO)
    his = make_vehicle(owner=bob)
    if state == "reserved":
        with pytest.raises(OwnedVehicleInUse):
            delete_vehicles_of(ada)
        assert row(Vehicle, expired.key).state == "reserved"
        return
    delete_vehicles_of(ada)
    assert [row(Vehicle, v.key).state for v in (hers, expired, his)] == [
        "removed", "removed", "available",
    ]  # fmt: skip
    assert row(Vehicle, hers.key).changed_at > LONG_AGO
    assert row(Vehicle, old.key).changed_at == LONG_AGO
