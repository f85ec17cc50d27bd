"""What the maps of staff and riders read from the database in fleets of several sizes, all in one
city.

python -m bench.staff_map [--vehicles N,N,...]
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import click
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL

from bench.support.application import open_database
from bench.support.plans import PlanCollector, collect_plans
from bench.support.report import Section
from tests.bulk_rows import Size, fill_database
from tests.databases import add_cities, dispose_engines, make_app
from tests.factories import UserFactory, fill_caches
from tests.visitor import Visitor

SIZES, QUICK_SIZES = (600, 50_000, 1_000_000), (600,)
#: How often each map is asked for; the fastest counts.
TIMES, QUICK_TIMES = 7, 1
#: The longest time of all statements of a request, milliseconds.
LIMIT_MS = 10
CITY, CENTRE = "40.5,-74.3,40.9,-73.7", "40.69,-74.03,40.73,-73.97"
STREET = "40.71,-74.01,40.715,-74"
#: What is asked for.
MAPS = {
    "the whole city": f"bbox={CITY}",
    "the whole city, available": f"bbox={CITY}&state=available",
    "the whole city, out of service": f"bbox={CITY}&state=non_operational",
    "the whole city, bicycles": f"bbox={CITY}&type=bicycle",
    "the whole city, low battery": f"bbox={CITY}&alert=battery_low",
    "the whole city, idle": f"bbox={CITY}&alert=idle",
    "the whole city, a usual word": f"bbox={CITY}&q=okai",
    "the whole city, a rare word": f"bbox={CITY}&q=pegasus",
    "the centre": f"bbox={CENTRE}",
    "the centre, low battery": f"bbox={CENTRE}&alert=battery_low",
    "a street": f"bbox={STREET}",
    "a street, low battery": f"bbox={STREET}&alert=battery_low",
}
#: The same for riders, who see what is available.
RIDER_MAPS = {
    "riders: the whole city": f"bbox={CITY}",
    "riders: the whole city, bicycles": f"bbox={CITY}&type=bicycle",
    "riders: the centre": f"bbox={CENTRE}",
    "riders: a street": f"bbox={STREET}",
}
PATHS = {
    **{name: f"/fleet/map.json?city=new+york&{query}" for name, query in MAPS.items()},
    **{name: f"/city/new york/vehicles.json?{query}" for name, query in RIDER_MAPS.items()},
}
#: One of 15 vehicles has a low battery, and one of 15 is idle.
ALERTS = """
    UPDATE vehicles SET battery_percent = 100 - 90 * (range_m % 10 = 3)::int,
        state_changed_at = now() - (range_m % 10 = 4)::int * interval '30 days'
    WHERE range_m % 10 IN (3, 4)
"""
TEXT = (
    "Everything stands around the centre of one city. The time is that of the execution of all"
    " statements of a request, the fastest of {times}; rows are those that they read in tables."
)


@dataclass
class MapReads:
    """What a map reads in fleets of several sizes."""

    name: str
    #: By the number of vehicles.
    rows: dict[int, float] = field(default_factory=dict)
    duration_ms: dict[int, float] = field(default_factory=dict)

    def cells(self) -> Mapping[str, object]:
        rows = {f"rows, {size:,}": f"{count:,.0f}" for size, count in self.rows.items()}
        times = {f"ms, {size:,}": f"{ms:.1f}" for size, ms in self.duration_ms.items()}
        return {"map": self.name, **rows, **times}


def measure(quick: bool) -> Section:
    """Return what the maps read."""
    if quick:
        return measure_maps(QUICK_SIZES, QUICK_TIMES)
    return measure_maps(SIZES, TIMES)


def measure_maps(sizes: tuple[int, ...], times: int) -> Section:
    """Return what each map reads in fleets of these sizes."""
    maps = {name: MapReads(name) for name in PATHS}
    for size in sizes:
        with _open_city(size) as app, collect_plans(app) as collector:
            visitor = _sign_in(app)
            for reads in maps.values():
                _read_map(visitor, collector, reads, size, times)
    missed = [
        f"{each.name}, {size:,} vehicles: {ms:.1f} ms, not {LIMIT_MS}."
        for each in maps.values()
        for size, ms in each.duration_ms.items()
        if ms > LIMIT_MS
    ]
    return Section("The map of staff", TEXT.format(times=times), list(maps.values()), missed)


@contextmanager
def _open_city(vehicles: int) -> Iterator[Flask]:
    with open_database() as database:
        app = make_app(database, DATABASE_POOL_SIZE=1)
        app.test_client_class = Visitor
        add_cities(app)
        fill_database(database, Size(vehicles), only={"vehicles"})
        _add_alerts(database)
        try:
            yield app
        finally:
            dispose_engines(app)


def _add_alerts(database: URL) -> None:
    engine = create_engine(database, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(ALERTS))
        connection.execute(text("VACUUM ANALYZE vehicles"))
    engine.dispose()


def _sign_in(app: Flask) -> Visitor:
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)  # noqa: S101 - for the type checker
    with app.app_context():
        fill_caches()
    return visitor.sign_in(UserFactory(app)("mo", roles=["mechanic"]))


def _read_map(
    visitor: Visitor, collector: PlanCollector, reads: MapReads, size: int, times: int
) -> None:
    durations_ms = []
    for _ in range(times):
        collector.take_queries()
        response = visitor.get(PATHS[reads.name])
        if response.status_code != 200:
            raise RuntimeError(f"{reads.name} answered {response.status_code}")
        plans = collector.take_queries()
        durations_ms.append(sum(plan.duration_ms for plan in plans))
    reads.rows[size] = sum(plan.table_rows for plan in plans)
    reads.duration_ms[size] = min(durations_ms)


@click.command(help=__doc__)
@click.option("--vehicles", default=",".join(map(str, SIZES)))
def main(vehicles: str) -> None:
    section = measure_maps(tuple(int(number) for number in vehicles.split(",")), TIMES)
    click.echo(section.to_report())
    click.echo("\n".join(section.missed))


if __name__ == "__main__":
    main()
