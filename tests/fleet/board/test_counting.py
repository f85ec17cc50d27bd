"""The board and the map count exactly, whatever was counted beforehand."""

from collections import Counter
from functools import partial
from itertools import product
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from tests.factories import RowReader, UserFactory, VehicleFactory, find_city
from tests.killing import kill_at_statement, statement_numbers
from tests.threads import run_together
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.board.counting import correct_counts, count_vehicles
from webapp.fleet.board.models import VehicleCellCount, VehicleCount
from webapp.fleet.board.queries import board_query
from webapp.fleet.enums import FormFactor, VehicleState
from webapp.fleet.feeds.removal import forget_feed
from webapp.fleet.live_map.bounding_box import BoundingBox
from webapp.fleet.live_map.cell_queries import cell_counts_query
from webapp.fleet.models import Vehicle, count_is_stale_condition
from webapp.fleet.queries.filters import VehicleFilter
from webapp.regions.geography import GRID_COLUMNS, Place, Point
from webapp.regions.moving import list_city_tables
from webapp.rides.services.end import end_ride
from webapp.rides.services.start import start_ride

pytestmark = pytest.mark.usefixtures("app_context")

HERE = Point(40.735, -73.985)
#: Changes of a vehicle, as any release makes them.
CHANGES: list[dict[str, Any]] = [
    *({"state": state.value} for state in VehicleState),
    {"state": "removed", "picked_up_at": func.now()},
    {"state": "reserved", "reserved_until": func.now()},
    *({"form_factor": form_factor.value} for form_factor in (FormFactor.CAR, FormFactor.MOPED)),
    *({"cell": cell} for cell in (HERE.cell, HERE.cell + 1, HERE.cell + GRID_COLUMNS, None)),
]
#: The filters of the map that counts can answer.
EVERY_STATE = tuple(VehicleState)
MAP_FILTERS: list[dict[str, Any]] = [
    {"states": EVERY_STATE},
    {"states": EVERY_STATE, "form_factor": FormFactor.CAR},
    *({"states": (state,)} for state in VehicleState),
]
#: A box of two columns and one row of cells, with HERE in it.
TWO_CELLS = BoundingBox(40.73, -73.99, 40.74, -73.97)
EVERYWHERE = BoundingBox.parse("-90,-180,90,180")


def read_board(city_name: str = "new york") -> Counter[tuple[str, str]]:
    rows = db.session.execute(board_query([(find_city(city_name), [])]))
    return Counter({(row.state, row.form_factor): row.number for row in rows})


def count_directly(city_name: str = "new york") -> Counter[tuple[str, str]]:
    query = select(Vehicle).where(Vehicle.city == city_name)
    vehicles = db.session.scalars(query, execution_options={"populate_existing": True})
    return Counter(
        (str(vehicle.current_state), vehicle.form_factor)
        for vehicle in vehicles
        if not vehicle.is_retired
    )


def list_map_errors(city_name: str = "new york") -> list[object]:
    """Return the filters and boxes for which the map has other numbers than its vehicles."""
    city = find_city(city_name)
    vehicles = db.session.scalars(select(Vehicle).where(Vehicle.city == city_name)).all()
    shown = [each for each in vehicles if each.cell is not None and not each.is_retired]
    cells_of_box = {
        TWO_CELLS: {HERE.cell, HERE.cell + 1},
        EVERYWHERE: {each.cell for each in shown},
    }
    errors: list[object] = []
    for (box, cells), values in product(cells_of_box.items(), MAP_FILTERS):
        form_factor = values.get("form_factor")
        expected = Counter(
            each.cell
            for each in shown
            if each.cell in cells
            and each.current_state in values["states"]
            and form_factor in (None, each.form_factor)
        )
        query = cell_counts_query(VehicleFilter(city, **values, without_retired=True), box)
        numbers = dict(map(tuple, db.session.execute(query)))
        if numbers != expected:
            errors.append((box, values, numbers, expected))
    return errors


def count_waiting() -> int:
    return db.session.scalars(select(func.count()).where(count_is_stale_condition())).one()


@pytest.mark.parametrize("seed", range(3))
def test_whatever_has_changed_since_vehicles_were_counted_the_board_is_exact(
    make_vehicle: VehicleFactory, seed: int
) -> None:
    random = Random(seed)
    ids = [make_vehicle(feed_system="feed", feed_vehicle=str(n)).id for n in range(12)]
    ids += [make_vehicle("boston").id for _ in range(3)]
    for _ in range(25):
        chosen = random.sample(ids, 4)
        values = {"picked_up_at": None, **random.choice(CHANGES)}
        execute_write(update(Vehicle).where(Vehicle.id.in_(chosen)).values(values))
        if random.random() < 0.5:
            count_vehicles(find_city(), most=random.choice([0, 2, 5]))
        for city_name in ("new york", "boston"):
            assert read_board(city_name) == count_directly(city_name)
            assert list_map_errors(city_name) == []
    forget_feed(find_city(), "feed")
    assert read_board() == count_directly()
    count_vehicles(find_city(), most=0)
    assert read_board() == count_directly()
    assert list_map_errors() == []
    assert correct_counts(find_city()) == 0


def test_few_changes_are_left_to_the_board_and_others_are_not_told(
    make_vehicle: VehicleFactory, row: RowReader
) -> None:
    vehicles = [make_vehicle() for _ in range(5)]
    count_vehicles(find_city(), most=3)
    assert count_waiting() == 3
    count_vehicles(find_city(), most=3)
    assert count_waiting() == 3
    changed_at = {row(Vehicle, vehicle.key).changed_at for vehicle in vehicles}
    assert changed_at == {vehicle.changed_at for vehicle in vehicles}


def test_vehicles_are_counted_once_by_several_workers_while_they_are_ridden(
    app: Flask, make_vehicle: VehicleFactory, make_user: UserFactory
) -> None:
    vehicles, riders = [make_vehicle() for _ in range(30)], [make_user() for _ in range(3)]

    def ride(number: int) -> None:
        rider_key = riders[number].key
        for vehicle in vehicles[number::3][:6]:
            end_ride(rider_key, start_ride(rider_key, vehicle.public_key), Place("here", HERE))
        start_ride(rider_key, vehicles[-1 - number].public_key)

    def count() -> None:
        for most in (20, 5, 0, 0):
            count_vehicles(find_city(), most)

    results = run_together(app, *(partial(ride, number) for number in range(3)), count, count)
    assert results == [None] * 5
    assert read_board() == count_directly()
    count_vehicles(find_city(), most=0)
    assert count_waiting() == 0
    assert read_board() == count_directly()
    assert list_map_errors() == []


def test_counting_that_is_killed_between_its_statements_counts_each_vehicle_once(
    make_vehicle: VehicleFactory,
) -> None:
    for number in statement_numbers():
        make_vehicle()
        with kill_at_statement(number):
            count_vehicles(find_city(), most=0)
            break
    assert count_waiting() == 0
    assert read_board() == count_directly()
    assert list_map_errors() == []


def test_counts_of_vehicles_that_somebody_has_deleted_are_corrected(
    make_vehicle: VehicleFactory,
) -> None:
    vehicles = [make_vehicle(at=at) for at in (HERE, HERE, (40.8, -73.9))]
    count_vehicles(find_city(), most=0)
    deleted = table(Vehicle).c.id.in_([vehicles[0].id, vehicles[-1].id])
    execute_write(delete(table(Vehicle)).where(deleted))
    assert read_board() != count_directly()
    assert list_map_errors() != []
    # Of the city, and of two cells.
    assert [correct_counts(find_city()) for _ in range(2)] == [3, 0]
    assert read_board() == count_directly()
    assert list_map_errors() == []
    cells = select(VehicleCellCount.cell, VehicleCellCount.number)
    assert [tuple(row) for row in db.session.execute(cells)] == [(HERE.cell, 1)]


def test_counts_of_cells_move_to_another_region_before_those_that_tell_that_counts_have_moved() -> (
    None
):
    tables = list(list_city_tables().values())
    assert tables.index(table(VehicleCellCount)) < tables.index(table(VehicleCount))
