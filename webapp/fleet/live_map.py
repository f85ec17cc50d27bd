"""The live map: what stands in a window of it, and what has changed there since the last time.

Either is one statement. Where many stand the map gets counts of them, so that an answer stays
small however large the fleet is; and what is asked for often is kept for some seconds.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil, floor
from typing import Any, NamedTuple
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import ColumnElement, and_, case, func, or_, select, union_all

from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle, is_lapsed
from webapp.fleet.queries import Wanted
from webapp.regions.geography import CELL_DEGREES, COLUMNS, Point, cells_between, is_position

#: More vehicles than this are told as counts.
MOST = 500
#: More changes than this are not told: all is to be asked for again.
MOST_CHANGES = 1_000
#: So many rows of the grid are looked up one by one; a higher window is cut out of one wide band.
MOST_ROWS = 32
#: Into so many counts, or a few more, a window is divided from south to north.
BLOCKS = 6
#: A window smaller than this is cut finer than the grid, or a crowded street would never be more
#: than a count; degrees.
FINE_BELOW, FINE = 4 * CELL_DEGREES, CELL_DEGREES / 10
#: Times are told in steps of so many seconds, so that many maps ask the same and one answer, kept
#: by a proxy, serves them all.
STEP_S = 10
#: What is committed now may have begun, and been dated, so much earlier.
OVERLAP = timedelta(seconds=10)
#: Whoever asks for changes since longer than this gets everything.
OLDEST = timedelta(minutes=5)

COLUMNS_TOLD = (
    "public_id", "lat", "lon", "form_factor", "propulsion_type", "brand", "range_m", "state",
)  # fmt: skip


class Window(NamedTuple):
    """A part of the map, on the lines of the grid; it may cross the 180th meridian."""

    south: float
    west: float
    north: float
    east: float

    @classmethod
    def parse(cls, text: str) -> "Window":
        """Read ``south,west,north,east`` in degrees and widen it to the lines of the grid, so that
        windows which differ a little are one. Raises ValueError."""
        asked = cls(*(float(number) for number in text[:100].split(",")))
        south, west, north, east = asked
        if not (is_position(south, west) and is_position(north, east) and south <= north):
            raise ValueError(text)
        step = FINE if asked.is_fine else CELL_DEGREES
        low = (_line(floor, south, step), _line(floor, west, step))
        high = (_line(ceil, north, step), _line(ceil, east, step))
        return cls(*low, max(high[0], low[0] + step), high[1])

    @property
    def is_fine(self) -> bool:
        high, wide = self.north - self.south, self.east - self.west
        return high < FINE_BELOW and 0 <= wide < FINE_BELOW

    @property
    def rows(self) -> int:
        """How many rows of the grid it is high."""
        return max(1, round((self.north - self.south) / CELL_DEGREES))

    def holds(self) -> ColumnElement[bool]:
        """Return the condition that a vehicle stands in it, for the index of cells."""
        hair = CELL_DEGREES / 1000  # a line belongs to the cell after it
        corners = Point(self.south, self.west), Point(self.north - hair, self.east - hair)
        ranges = list(cells_between(*corners))
        if self.rows > MOST_ROWS:
            return _band(ranges)
        cells = or_(*(Vehicle.cell.between(*ends) for ends in ranges))
        if not self.is_fine:
            return cells
        lat = Vehicle.lat.between(self.south, self.north)
        return and_(cells, lat, Vehicle.lon.between(self.west, self.east))


def _band(ranges: list[tuple[int, int]]) -> ColumnElement[bool]:
    """The same cells as all rows at once, of which the columns are looked at."""
    columns = {(first % COLUMNS, last % COLUMNS) for first, last in ranges}
    column = Vehicle.cell % COLUMNS
    rows = Vehicle.cell.between(min(ranges)[0], max(last for _, last in ranges))
    return and_(rows, or_(*(column.between(*ends) for ends in sorted(columns))))


def _line(towards: Callable[[float], int], degrees: float, step: float) -> float:
    return round(towards(round(degrees / step, 6)) * step, 6)


class Group(NamedTuple):
    """Vehicles that are told as a count: where, in the middle, and how many."""

    lat: float
    lon: float
    number: int


@dataclass(frozen=True)
class View:
    """What a map shall show now, or what is different from before."""

    #: Seconds since 1970 by the database's clock, to ask for changes since.
    at: int
    #: Whether this is all that stands in the window, and not only what has changed.
    is_full: bool
    #: How many stand there. None: too many, or too much has changed; all is to be asked for again.
    number: int | None
    vehicles: list[Vehicle] = field(default_factory=list)
    #: Of those that are not there any more, or were called so before.
    gone: list[UUID] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)


def view(wanted: Wanted, window: Window, since: int | None) -> View:
    """Return what stands in a window; or what has changed in it since a view's ``at``.

    A map that has followed all changes holds ``number`` vehicles. If it holds others, it has missed
    something (a vehicle is called otherwise after a ride, and a short one may begin and end
    unseen): then it asks for everything.
    """
    now = time.time()
    if since is None or since < now - OLDEST.total_seconds():
        return _recent().read((wanted, window), lambda: _everything(wanted, window))
    # Of whoever asks for a time between the steps, as if it were the step before.
    begin = _step(datetime.fromtimestamp(min(since, now), UTC))
    return _recent().read(
        (wanted, window, begin),
        lambda: _changes(wanted, window, datetime.fromtimestamp(begin, UTC)),
    )


# --- everything ----------------------------------------------------------------------------


def _everything(wanted: Wanted, window: Window) -> View:
    in_window, size = window.holds(), _block_size(window)
    cells = _cells(wanted, in_window)
    column = cells.c.cell % COLUMNS
    row = cells.c.cell - column
    # Each block is known by the cell in its corner: whole numbers, and no division, whose result
    # is another one in each database.
    block = row - row % (size * COLUMNS) + column - column % size
    blocks = (
        select(
            func.avg(row).label("row"), func.avg(column).label("column"), func.count().label("n")
        )
        .group_by(block)
        .cte("blocks")
    )
    number = select(func.coalesce(func.sum(blocks.c.n), 0)).scalar_subquery()
    # Limited inside, so that no database reads all of them before it sees that they are too many.
    some = (
        select(*_told()).where(*_found_by(wanted), in_window, wanted.fits()).limit(MOST).subquery()
    )
    few = select(some).where(number <= MOST).subquery()
    many = select(_rows(blocks)).where(number > MOST).scalar_subquery()
    at, count, vehicles, groups = db.session.execute(
        select(func.now(), number, select(_rows(few)).scalar_subquery(), many)
    ).one()
    return View(
        _step(at),
        True,
        int(count),
        vehicles=[_vehicle(wanted, row) for row in vehicles or ()],
        groups=[_group(*row) for row in groups or ()],
    )


def _cells(wanted: Wanted, in_window: ColumnElement[bool]) -> Any:
    """The cells of all that stand there: each state by itself, so that for most of the fleet the
    index alone answers."""
    parts = [
        select(Vehicle.cell).where(
            *wanted.found_by([state], wanted.form_factor), in_window, wanted.fits_in(state)
        )
        for state in wanted.stored_states
    ]
    return union_all(*parts).subquery()


def _block_size(window: Window) -> int:
    """Return how many cells wide and high a block is: a power of two, so that blocks stay where
    they are while the map moves."""
    size = 1
    while size * BLOCKS < window.rows:
        size *= 2
    return size


def _group(row: Any, column: Any, number: int) -> Group:
    lat = (float(row) / COLUMNS + 0.5) * CELL_DEGREES - 90
    lon = (float(column) + 0.5) * CELL_DEGREES - 180
    return Group(round(lat, 4), round(lon, 4), number)


# --- what has changed ----------------------------------------------------------------------


def _changes(wanted: Wanted, window: Window, since: datetime) -> View:
    in_window, begin = window.holds(), since - OVERLAP
    stands = and_(*_found_by(wanted), in_window, wanted.fits())
    changed = (
        select(*_told(), case((stands, True), else_=False).label("stands"))
        .where(
            Vehicle.region == wanted.city.region,
            Vehicle.city == wanted.city.name,
            Vehicle.changed_at > begin,
        )
        .limit(MOST_CHANGES + 1)
    )
    # A reservation lapses without a change of the row.
    reserved = wanted.found_by([VehicleState.RESERVED], wanted.form_factor)
    lapsed = select(*_told(), case((stands, True), else_=False).label("stands")).where(
        *reserved, in_window, is_lapsed(), Vehicle.reserved_until > begin
    )
    rows = union_all(changed, lapsed).subquery()
    # A map that follows holds at most MOST vehicles: farther than that nobody has to count.
    cells = select(_cells(wanted, in_window)).limit(MOST + 1).subquery()
    number = select(func.count()).select_from(cells).scalar_subquery()
    at, count, told = db.session.execute(
        select(func.now(), number, select(_rows(rows)).scalar_subquery())
    ).one()
    told = told or []
    if len(told) > MOST_CHANGES or count > MOST:
        return View(_step(at), False, None)
    return View(
        _step(at),
        False,
        count,
        vehicles=[_vehicle(wanted, row) for *row, stands in told if stands],
        gone=[UUID(row[0]) for *row, stands in told if not stands],
    )


# --- both ----------------------------------------------------------------------------------


def _found_by(wanted: Wanted) -> list[ColumnElement[bool]]:
    return wanted.found_by(wanted.stored_states, wanted.form_factor)


def _told() -> list[ColumnElement[Any]]:
    """The columns COLUMNS_TOLD, with the state that holds now."""
    state = case((is_lapsed(), VehicleState.AVAILABLE.value), else_=Vehicle.state)
    columns = [getattr(Vehicle, name) for name in COLUMNS_TOLD[:-1]]
    return [*columns, state.label("state")]


def _rows(source: Any) -> ColumnElement[Any]:
    """All rows of ``source`` as one value, so that several lists travel in one statement."""
    return func.jsonb_agg(func.jsonb_build_array(*source.c))


def _vehicle(wanted: Wanted, row: list[Any]) -> Vehicle:
    values = dict(zip(COLUMNS_TOLD, row, strict=True))
    values["public_id"] = UUID(values["public_id"])
    return Vehicle(region=wanted.city.region, city=wanted.city.name, **values)


def _step(at: datetime) -> int:
    return int(at.timestamp()) // STEP_S * STEP_S


# --- what has just been read ---------------------------------------------------------------


class Recent:
    """Views of the last seconds, for all who look at the same window."""

    SIZE = 256

    def __init__(self, max_age_s: float) -> None:
        self.max_age_s = max_age_s
        self._kept: dict[Any, tuple[float, View]] = {}

    def read(self, question: Any, ask: Callable[[], View]) -> View:
        """Return the answer to a question, from memory if it is young enough."""
        now = time.monotonic()
        kept_at, found = self._kept.get(question, (float("-inf"), None))
        if found is None or now - kept_at > self.max_age_s:
            found = ask()
            if len(self._kept) >= self.SIZE:
                self._kept.clear()
            self._kept[question] = now, found
        return found


def init_app(app: Flask) -> None:
    app.extensions["movr_live"] = Recent(app.config["LIVE_MAX_AGE_S"])


def _recent() -> Recent:
    found: Recent = current_app.extensions["movr_live"]
    return found
