"""Loading a fleet into a city. Loading it again adds nothing, and completes an interrupted load."""

from collections import Counter
from collections.abc import Callable, Iterable

from flask import current_app
from sqlalchemy import Engine, exists, select, text

from webapp.auth.models import User
from webapp.db.copying import copy_rows, open_copy_engine
from webapp.db.keys import key_condition
from webapp.db.types import table
from webapp.extensions import Base, db
from webapp.fleet.alerts.scan import scan_city
from webapp.fleet.board.counting import count_vehicles
from webapp.fleet.models import Vehicle
from webapp.ops.demo.scaled_fleet.accounts import choose_staff, make_staff_rows
from webapp.ops.demo.scaled_fleet.generator import FleetGenerator, find_first_vehicle_id
from webapp.ops.demo.scaled_fleet.options import FleetOptions
from webapp.ops.demo.scaled_fleet.prices import read_prices
from webapp.ops.demo.scaled_fleet.rows import TABLES, FleetRows
from webapp.ops.demo.services import add_demo_city
from webapp.regions.catalogue import city_or_404

#: How many rows of each table.
RowCounts = Counter[type[Base]]
#: Gets the batches and yields them, and may show how far the load is.
Progress = Callable[[list[int]], Iterable[int]]


def load_fleet(options: FleetOptions, progress: Progress = list) -> RowCounts:
    """Add a fleet to a city of the demo; add the city and the accounts of the demo, too, if they
    are missing. Return how many rows are new, without those of the demo itself.

    Raises DemoNotAllowed without the setting DEMO_ALLOWED, and RegionMissing.
    """
    add_demo_city(options.city)
    generator = FleetGenerator(options, read_prices(options.city.name))
    staff = None if _has_staff(options) else make_staff_rows(options)
    missing = _list_missing_batches(options)
    counts: RowCounts = Counter()
    with open_copy_engine(current_app.config["SQLALCHEMY_DATABASE_URI"]) as engine:
        if staff:
            _write(engine, staff)
        for number in progress(missing):
            rows = generator.make_batch(number)
            _write(engine, rows)
            counts += rows.count()
        if counts:
            _analyze(engine)
            city = city_or_404(options.city.name)
            scan_city(city, all_vehicles=True)
            count_vehicles(city)
    return counts


def _has_staff(options: FleetOptions) -> bool:
    key = choose_staff(options).mechanics[0]
    return bool(db.session.scalar(select(exists().where(key_condition(User, key)))))


def _list_missing_batches(options: FleetOptions) -> list[int]:
    """Return the batches that are not in the database. Each is there as a whole or not at all."""
    numbers = {find_first_vehicle_id(options, number): number for number in options.batches}
    vehicles = table(Vehicle).c
    present = select(vehicles.id).where(
        vehicles.region == options.city.region, vehicles.id.in_(numbers)
    )
    return sorted(set(numbers.values()) - {numbers[id_] for id_ in db.session.scalars(present)})


def _write(engine: Engine, rows: FleetRows) -> None:
    with engine.begin() as connection:
        for model in TABLES:
            copy_rows(connection, model, rows.by_table[model])


def _analyze(engine: Engine) -> None:
    """Let the database know how many rows there are, so that it plans well at once."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for model in TABLES:
            connection.execute(text(f"ANALYZE {table(model).name}"))
