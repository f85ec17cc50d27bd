"""The rules of the fleet: an owner's vehicles, and nobody else's."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from tests.database_proxy import open_proxied_context
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.details import get_owner_vehicle_details, get_staff_vehicle_details
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import list_nearest, list_newest, list_owner_vehicles
from webapp.fleet.queries.vehicles import find_owner_vehicle, find_public_vehicle
from webapp.fleet.reports.models import Report
from webapp.fleet.services.add import add_vehicle, retry_code_collisions
from webapp.fleet.services.description import VehicleDescription
from webapp.fleet.services.edit import VehicleInUse, edit_vehicle
from webapp.fleet.services.places import PlaceTooFar
from webapp.fleet.services.remove import VehicleRidden, remove_vehicle, remove_vehicles_of_account
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place, Point
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride
from webapp.web.roles import Role

SQUARE = Place("Union Square", Point(40.7359, -73.9911))
BOARD = VehicleDescription("skateboard", "Globe", "green", SQUARE)
BIKE = VehicleDescription("e-bike", "Riese", "red", Place("the station"))
IN_USE = ["on_trip", "reserved"]


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        yield app


@pytest.fixture
def ada(make_user):
    return make_user("ada")


@pytest.fixture
def bob(make_user):
    return make_user("bob")


@pytest.fixture
def new_york():
    return catalogue().find("new york")


@pytest.fixture
def board(ada, new_york):
    return add_vehicle(ada, new_york, BOARD)


def public(key):
    """Return the public key of a vehicle."""
    return db.session.get(Vehicle, key).public_key


LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


# --- adding --------------------------------------------------------------------------------


def test_a_new_vehicle_stands_free_where_its_owner_put_it(board, ada, row):
    vehicle = row(Vehicle, board)
    assert (vehicle.region, vehicle.city, vehicle.state) == ("us-east1", "new york", "available")
    assert (vehicle.form_factor, vehicle.propulsion_type) == ("other", "human")
    assert (vehicle.brand, vehicle.color, vehicle.place) == ("Globe", "green", SQUARE)
    assert vehicle.cell == SQUARE.point.cell
    assert (vehicle.owner_region, vehicle.owner_id) == ada.key


def test_the_first_vehicle_makes_an_owner_and_the_second_no_other(board, ada, new_york, row):
    assert row(User, ada.key).roles == {Role.RIDER, Role.OWNER}
    add_vehicle(ada, new_york, BIKE)
    assert len(row(User, ada.key).role_grants) == 1


@pytest.mark.parametrize(
    ("point", "near"),
    [((42.36, -71.06), True), ((41.4, -74.0), True), ((47.6, -122.3), False), ((0, 0), False)],
    ids=["the region's other city", "75 km", "another region", "null island"],
)
def test_a_vehicle_stands_near_a_city_of_the_region(ada, new_york, point, near):
    told = VehicleDescription("bike", "", "", Place(None, Point(*point)))
    if near:
        assert add_vehicle(ada, new_york, told)
    else:
        with pytest.raises(PlaceTooFar):
            add_vehicle(ada, new_york, told)
        assert db.session.scalar(select(func.count()).select_from(Vehicle)) == 0


def test_an_answer_lost_while_adding_adds_no_second_vehicle(server, database, ada, new_york):
    if server.get_backend_name() != "postgresql":
        pytest.skip("speaks PostgreSQL's protocol")
    with open_proxied_context(server, database) as wire:
        wire.drop_result_of("COMMIT")
        key = add_vehicle(ada, new_york, BOARD)
        assert wire.pending_cut is None
        assert db.session.scalars(select(Vehicle.id)).all() == [key.id]


@pytest.fixture
def first_code_is_taken(server, make_vehicle):
    """The next vehicle gets a code that another has; later ones get one of their own."""
    if server.get_backend_name() != "postgresql":
        pytest.skip("the default is PostgreSQL's")
    taken = make_vehicle().code
    other = "CASE nextval('tries') WHEN 1 THEN 'AAAAAAAAAA' ELSE 'CCCCCCCCCC' END"
    usual = Vehicle.__table__.c.code.server_default.arg.text

    def default(sql):
        with db.engines["write"].begin() as connection:
            connection.execute(text(f"ALTER TABLE vehicles ALTER COLUMN code SET DEFAULT {sql}"))

    with db.engines["write"].begin() as connection:
        connection.execute(text("CREATE SEQUENCE tries"))
    default(other.replace("AAAAAAAAAA", taken))
    yield
    default(usual)
    with db.engines["write"].begin() as connection:
        connection.execute(text("DROP SEQUENCE tries"))


def test_a_code_that_is_taken_is_made_anew(first_code_is_taken, ada, new_york, row):
    assert row(Vehicle, add_vehicle(ada, new_york, BOARD)).code == "CCCCCCCCCC"


def test_what_else_is_wrong_with_a_new_vehicle_is_no_reason_to_try_again(make_vehicle):
    tries = []
    with pytest.raises(IntegrityError, match="ck_vehicles_lat"):
        retry_code_collisions(lambda: (tries.append(1), make_vehicle(lat=91.0)))
    assert len(tries) == 1


def test_codes_have_ten_letters_that_are_hard_to_mistake(make_vehicle):
    codes = [make_vehicle().code for _ in range(20)]
    assert len(set(codes)) == 20
    for code in codes:
        assert len(code) == 10
        assert set(code) <= set("23456789ACDEHKMX")


# --- editing -------------------------------------------------------------------------------


def test_an_owner_changes_what_is_told_and_where_it_stands(board, ada, row):
    edit_vehicle(ada.key, board, BIKE)
    vehicle = row(Vehicle, board)
    assert (vehicle.form_factor, vehicle.propulsion_type) == ("bicycle", "electric_assist")
    assert (vehicle.brand, vehicle.color) == ("Riese", "red")
    assert (vehicle.address, vehicle.point, vehicle.cell) == ("the station", None, None)


def test_a_vehicle_out_of_service_stays_so_when_edited(ada, make_vehicle, row):
    vehicle = make_vehicle(owner=ada, state="non_operational")
    edit_vehicle(ada.key, vehicle.key, BIKE)
    assert row(Vehicle, vehicle.key).state == "non_operational"


def change(act, owner, key):
    return edit_vehicle(owner, key, BIKE) if act == "edit" else remove_vehicle(owner, key)


both = pytest.mark.parametrize("act", ["edit", "remove"])


@both
def test_anothers_vehicle_is_not_found_and_stays_as_it_was(act, board, bob, row):
    with pytest.raises(NotFound):
        change(act, bob.key, board)
    vehicle = row(Vehicle, board)
    assert (vehicle.brand, vehicle.state) == ("Globe", "available")


@both
def test_the_operators_vehicle_is_nobodys(act, ada, make_vehicle):
    with pytest.raises(NotFound):
        change(act, ada.key, make_vehicle().key)


@both
@pytest.mark.parametrize("region", ["us-east1", "nowhere"])
def test_a_vehicle_that_is_not_there_is_not_found(act, ada, region):
    with pytest.raises(NotFound):
        change(act, ada.key, RowKey(region, uuid4()))


@pytest.mark.parametrize("region", ["us-east1", "nowhere"])
def test_a_vehicle_that_is_not_there_has_no_place_either(ada, region):
    with pytest.raises(NotFound):
        edit_vehicle(ada.key, RowKey(region, uuid4()), BOARD)


@both
@pytest.mark.parametrize("state", IN_USE)
def test_a_vehicle_that_somebody_counts_on_stays_as_it_is(act, ada, make_vehicle, row, state):
    vehicle = make_vehicle(owner=ada, state=state)
    with pytest.raises(VehicleInUse):
        change(act, ada.key, vehicle.key)
    assert (row(Vehicle, vehicle.key).brand, row(Vehicle, vehicle.key).state) == ("Okai", state)


@both
def test_a_reservation_that_has_lapsed_is_in_nobodys_way(act, ada, make_vehicle, row):
    vehicle = make_vehicle(owner=ada, state="reserved", reserved_until=LONG_AGO)
    change(act, ada.key, vehicle.key)
    now = row(Vehicle, vehicle.key)
    assert now.current_state == ("available" if act == "edit" else "removed")
    assert now.brand == ("Riese" if act == "edit" else "Okai")


@both
def test_a_reservation_that_holds_is_left_alone(act, ada, make_vehicle, row):
    until = datetime.now(UTC) + timedelta(minutes=5)
    vehicle = make_vehicle(owner=ada, state="reserved", reserved_until=until)
    with pytest.raises(VehicleInUse):
        change(act, ada.key, vehicle.key)
    now = row(Vehicle, vehicle.key)
    assert (now.state, now.reserved_until, now.brand) == ("reserved", until, "Okai")


@both
def test_a_change_is_seen_by_those_who_ask_for_what_is_new(act, ada, make_vehicle, row):
    vehicle = make_vehicle(owner=ada, changed_at=LONG_AGO)
    change(act, ada.key, vehicle.key)
    assert row(Vehicle, vehicle.key).changed_at > LONG_AGO


@both
def test_a_vehicle_on_a_ride_can_be_changed_when_the_ride_has_ended(act, board, ada, bob):
    ride = start_ride(bob.key, public(board))
    with pytest.raises(VehicleInUse):
        change(act, ada.key, board)
    end_ride(bob.key, ride, SQUARE)
    db.session.expire_all()
    change(act, ada.key, board)


def test_a_place_too_far_away_changes_nothing(board, ada, row):
    with pytest.raises(PlaceTooFar):
        edit_vehicle(ada.key, board, VehicleDescription("bike", "", "", Place(None, Point(0, 0))))
    assert row(Vehicle, board).place == SQUARE


# --- removing ------------------------------------------------------------------------------


def test_a_removed_vehicle_is_neither_found_nor_listed(board, ada, new_york, row):
    known_as = public(board)
    assert find_public_vehicle(known_as).key == board
    remove_vehicle(ada.key, board)
    assert row(Vehicle, board).state == "removed"
    for find in (
        lambda: find_public_vehicle(known_as),
        lambda: find_owner_vehicle(ada.key, board),
        lambda: get_owner_vehicle_details(ada.key, board),
    ):
        with pytest.raises(NotFound):
            find()
    with pytest.raises(NotFound):
        edit_vehicle(ada.key, board, BIKE)
    assert list_owner_vehicles(ada.key, None).rows == []
    assert list_newest(VehicleFilter(new_york), None).rows == []
    assert list_nearest(VehicleFilter(new_york), SQUARE.point, 2_000, None).rows == []


def test_removing_twice_is_fine_but_not_for_others(board, ada, bob):
    remove_vehicle(ada.key, board)
    remove_vehicle(ada.key, board)
    with pytest.raises(NotFound):
        remove_vehicle(bob.key, board)


def test_the_role_goes_with_the_last_vehicle(board, ada, new_york, row):
    other = add_vehicle(ada, new_york, BIKE)
    remove_vehicle(ada.key, board)
    assert row(User, ada.key).has_role(Role.OWNER)
    remove_vehicle(ada.key, other)
    assert row(User, ada.key).roles == {Role.RIDER}
    add_vehicle(ada, new_york, BIKE)
    assert row(User, ada.key).has_role(Role.OWNER)


def test_other_roles_and_other_owners_keep_theirs(board, ada, make_user, new_york, row):
    staff = make_user("eve", roles=["fleet"])
    vehicle = add_vehicle(staff, new_york, BIKE)
    remove_vehicle(staff.key, vehicle)
    assert row(User, staff.key).roles == {Role.RIDER, Role.FLEET}
    assert row(User, ada.key).has_role(Role.OWNER)


def test_an_owner_of_another_region_keeps_the_role_there(make_user, new_york, row):
    parisian = make_user(city="paris")
    vehicle = add_vehicle(parisian, new_york, BIKE)
    assert vehicle.region == "us-east1"
    assert row(User, parisian.key).has_role(Role.OWNER)
    remove_vehicle(parisian.key, vehicle)
    assert row(User, parisian.key).roles == {Role.RIDER}


@pytest.mark.parametrize(
    "columns",
    [{"lat": 91.0}, {"lon": -181.0}, {"lat": None}, {"form_factor": "boat"}, {"state": "lost"}],
    ids=str,
)
def test_the_database_refuses_a_vehicle_without_sense(make_vehicle, columns):
    with pytest.raises(IntegrityError, match="ck_vehicles_"):
        make_vehicle(**columns)


# --- leaving for good ----------------------------------------------------------------------


def leave(owner):
    run_transaction(lambda session: remove_vehicles_of_account(session, owner.key))


@pytest.mark.parametrize("state", ["available", "non_operational", "missing", "reserved"])
def test_the_vehicles_of_who_leaves_are_removed(ada, bob, make_vehicle, row, state):
    old, hers = (make_vehicle(owner=ada, changed_at=LONG_AGO, state=s) for s in ("removed", state))
    hold = make_vehicle(owner=ada, state="reserved", reserved_until=LONG_AGO)
    his = make_vehicle(owner=bob)
    if state == "reserved":
        with pytest.raises(VehicleRidden):
            leave(ada)
        assert row(Vehicle, hold.key).state == "reserved"
        return
    leave(ada)
    assert [row(Vehicle, v.key).state for v in (hers, hold, his)] == [
        "removed", "removed", "available",
    ]  # fmt: skip
    assert row(Vehicle, hers.key).changed_at > LONG_AGO
    assert row(Vehicle, old.key).changed_at == LONG_AGO


# --- looking after one ---------------------------------------------------------------------


def report(vehicle, **columns):
    values = {"region": vehicle.region, "city": vehicle.city, "vehicle_id": vehicle.id, **columns}
    run_transaction(lambda session: session.add(Report(kind="damage", **values)))


def test_a_record_tells_rides_and_reports_in_one_trip(ada, bob, make_vehicle, round_trips):
    vehicle, other = make_vehicle(owner=ada), make_vehicle(owner=ada)
    end_ride(bob.key, start_ride(bob.key, vehicle.public_key), SQUARE)
    start_ride(bob.key, public(vehicle.key))
    for note, day in (("old", 1), ("new", 2)):
        report(vehicle, note=note, created_at=LONG_AGO + timedelta(days=day))
    round_trips()
    record = get_owner_vehicle_details(ada.key, vehicle.key)
    assert round_trips() == 1
    assert (record.vehicle.key, record.rides) == (vehicle.key, 2)
    assert [one.note for one in record.reports] == ["new", "old"]
    empty = get_owner_vehicle_details(ada.key, other.key)
    assert (empty.rides, empty.reports) == (0, [])


def test_a_record_shows_the_last_reports_only(ada, make_vehicle):
    vehicle = make_vehicle(owner=ada)
    for number in range(12):
        report(vehicle, note=str(number), created_at=LONG_AGO + timedelta(days=number))
    notes = [one.note for one in get_owner_vehicle_details(ada.key, vehicle.key).reports]
    assert notes == [str(number) for number in reversed(range(2, 12))]


def test_a_record_is_for_the_owner_and_for_staff_of_the_city(ada, bob, make_user, make_vehicle):
    vehicle = make_vehicle(owner=ada)
    for staff, may in [
        (make_user(roles=["fleet"]), True),
        (make_user(roles={"fleet": ["new york"]}), True),
        (make_user(roles={"fleet": ["boston"]}), False),
        (bob, False),
    ]:
        if may:
            assert get_staff_vehicle_details(staff, vehicle.key).vehicle.key == vehicle.key
        else:
            with pytest.raises(NotFound):
                get_staff_vehicle_details(staff, vehicle.key)
    with pytest.raises(NotFound):
        get_owner_vehicle_details(bob.key, vehicle.key)
    for key in (vehicle.public_key, RowKey("us-west1", vehicle.id)):
        with pytest.raises(NotFound):
            get_owner_vehicle_details(ada.key, key)
