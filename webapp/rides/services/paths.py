"""Where a ride went, as its rider's browser tells it if the rider wants: thinned out, appended
while the ride lasts, and forgotten after some weeks (webapp/ops/retention.py)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import shapely
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, cast, delete, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.personal_data import Conditions, ExportSection
from webapp.regions.geography import Point, distance_m, is_position
from webapp.regions.projection import Projection
from webapp.rides.models import Ride, RidePath

#: Points of one ride, and of what a browser sends at once.
MOST_POINTS, MOST_AT_ONCE = 2_000, 500
#: What is nearer to the last kept point than this, in time or in space, tells nothing new.
STEP_S, STEP_M = 5, 10
#: What is faster is a slip of the positioning: 200 km/h, in metres a second.
FASTEST = 200 / 3.6
#: How far the path that is kept may be from the one that was told.
TOLERANCE_M = 5
#: How far a phone's clock may run ahead: one point of tomorrow would keep all others out.
AHEAD_S = 60
#: How often a batch is tried that meets others of the same ride.
TRIES = 3
#: ``seconds,lat,lon``
FIX = re.compile(r"(\d{1,7}(?:\.\d{1,9})?),(-?\d{1,3}(?:\.\d{1,17})?),(-?\d{1,3}(?:\.\d{1,17})?)")


class PathUnreadable(DomainError):
    status = 422
    title = _l("That is no path")
    message = _l(
        "Each point has seconds since the start, latitude and longitude, as in"
        " 12,38.25,-85.75;20,38.26,-85.75; at most %(most)d of them.",
        most=MOST_AT_ONCE,
    )


class PathBusy(DomainError):
    message = _l("Other points of this ride are being kept just now. Send these again.")


class Fix(NamedTuple):
    """Where the rider was, so many seconds after the ride began."""

    seconds: float
    lat: float
    lon: float

    @property
    def point(self) -> Point:
        return Point(self.lat, self.lon)


# --- reading what a browser sends --------------------------------------------------------------


def read_fixes(text: str) -> list[Fix]:
    """Read ``seconds,lat,lon;...``; raises PathUnreadable."""
    parts = text.removesuffix(";").split(";")
    if len(parts) > MOST_AT_ONCE:
        raise PathUnreadable
    return [_fix(part) for part in parts]


def _fix(text: str) -> Fix:
    match = FIX.fullmatch(text) if text.isascii() else None
    if match is None:
        raise PathUnreadable
    seconds, lat, lon = map(float, match.groups())
    if not is_position(lat, lon):
        raise PathUnreadable
    return Fix(round(seconds, 1), round(lat, 6), round(lon, 6))


def thin(fixes: Sequence[Fix], last: Fix | None = None) -> list[Fix]:
    """Return those of the fixes that tell where the ride went after ``last``, in order of time."""
    kept = [last] if last else []
    for fix in fixes:
        if not kept or _leads_on(kept[-1], fix):
            kept.append(fix)
    return _simplified(kept)[1 if last else 0 :]


def _leads_on(last: Fix, fix: Fix) -> bool:
    seconds, metres = fix.seconds - last.seconds, distance_m(last.point, fix.point)
    return seconds >= STEP_S and STEP_M <= metres <= FASTEST * seconds


def _simplified(fixes: list[Fix]) -> list[Fix]:
    """Leave out what lies on the straight way between others (Douglas and Peucker)."""
    if len(fixes) < 3:
        return fixes
    degrees = shapely.LineString([(fix.lon, fix.lat) for fix in fixes])
    metres = shapely.get_coordinates(Projection(fixes[0].point).project(degrees))
    # The third dimension, which plays no part, says whose place it is.
    numbered = shapely.LineString([(x, y, n) for n, (x, y) in enumerate(metres)])
    line = shapely.simplify(numbered, TOLERANCE_M, preserve_topology=False)
    return [fixes[int(n)] for _, _, n in shapely.get_coordinates(line, include_z=True)]


# --- keeping it --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """How far a running ride and its path have come."""

    lasts_s: float
    points: int
    last: Fix | None

    def news_in(self, fixes: Sequence[Fix]) -> list[Fix]:
        """Return what the fixes add to the path."""
        possible = [fix for fix in fixes if fix.seconds <= self.lasts_s + AHEAD_S]
        return thin(possible, self.last)[: max(0, MOST_POINTS - self.points)]


def keep(rider: RowKey, ride: RowKey, fixes: Sequence[Fix]) -> None:
    """Add to the path of the rider's running ride what comes after its last point, so that the same
    fixes once more change nothing.

    Raises NotFound for another's ride and for one that has ended, PathBusy.
    """
    for _ in range(TRIES):
        known = _known(rider, ride)
        news = known.news_in(fixes)
        if not news or _append(rider, ride, known, news):
            return
    raise PathBusy


def _its_path() -> ColumnElement[bool]:
    return and_(RidePath.region == Ride.region, RidePath.ride_id == Ride.id)


def _own(rider: RowKey, ride: RowKey) -> ColumnElement[bool]:
    return and_(
        Ride.region == ride.region,
        Ride.id == ride.id,
        Ride.rider_region == rider.region,
        Ride.rider_id == rider.id,
    )


def _known(rider: RowKey, ride: RowKey) -> Known:
    points = table(RidePath).c.points
    statement = (
        select(
            func.extract("epoch", func.now() - Ride.started_at),
            func.coalesce(func.jsonb_array_length(points), 0),
            points.op("->", return_type=JSONB())(-1),
        )
        .outerjoin(RidePath, _its_path())
        .where(_own(rider, ride), Ride.ended_at.is_(None))
    )
    row = db.session.execute(statement).one_or_none()
    if row is None:
        raise NotFound
    lasts, number, last = row
    return Known(float(lasts), number, Fix(*last) if last else None)


def _append(rider: RowKey, ride: RowKey, known: Known, news: list[Fix]) -> bool:
    """Append if the ride is still open and its path as long as it was known, or say False. A path
    only grows, so its length tells whether somebody else was there."""
    statement = _appending(rider, ride, known, news)
    written = run_transaction(
        lambda session: session.execute(statement).first(), idempotent=True, one_statement=True
    )
    return written is not None


def _appending(rider: RowKey, ride: RowKey, known: Known, news: list[Fix]) -> Any:
    paths, points = table(RidePath), cast(literal([list(fix) for fix in news], JSONB), JSONB)
    open_ride = select(Ride.region, Ride.id, points).where(
        _own(rider, ride), Ride.ended_at.is_(None)
    )
    begun = insert(paths).from_select(["region", "ride_id", "points"], open_ride)
    longer = {"points": paths.c.points.concat(begun.excluded.points), "changed_at": func.now()}
    return begun.on_conflict_do_update(
        index_elements=["region", "ride_id"],
        set_=longer,
        where=func.jsonb_array_length(paths.c.points) == known.points,
    ).returning(paths.c.ride_id)


# --- looking at it, and forgetting it ----------------------------------------------------------


def path_of(rider: RowKey, ride: RowKey) -> list[list[float]]:
    """Return the points of the rider's ride, each with seconds, lat and lon; raises NotFound."""
    statement = select(RidePath.points).select_from(Ride).outerjoin(RidePath, _its_path())
    row = db.session.execute(statement.where(_own(rider, ride))).one_or_none()
    if row is None:
        raise NotFound
    return row.points or []


def forget_paths(session: Session, rider: RowKey) -> None:
    """Delete all paths of an account that is about to go; its rides stay for the books."""
    paths = table(RidePath)
    session.execute(delete(paths).where(*_of_rider(rider)[0]))


def _of_rider(rider: RowKey) -> list[Conditions]:
    rides = select(Ride.region, Ride.id).where(
        Ride.rider_region == rider.region, Ride.rider_id == rider.id
    )
    paths = table(RidePath).c
    return [[tuple_(paths.region, paths.ride_id).in_(rides)]]


EXPORT_SECTION = ExportSection(
    name="ride-paths",
    label=_l("Where your rides went"),
    model=RidePath,
    columns=("region", "ride_id", "points", "changed_at"),
    conditions=_of_rider,
    order=("region", "ride_id"),
)
