"""The path of a ride, recorded by the browser of a rider who wants it: points are simplified and
appended while the ride is open, and deleted after some weeks (webapp/ops/retention.py)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    cast,
    delete,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from webapp.db.inserts import insert
from webapp.db.keys import RowKey, bind_keys, make_key_parameters
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.rides.models import Ride, RidePath
from webapp.rides.queries import own_open_ride_condition, own_ride_condition, rider_condition
from webapp.rides.services.path_points import PathPoint, thin_out
from webapp.translations import lazy_gettext as _l

#: Points of one ride at most.
MAX_POINTS = 2_000
#: How much the clock of a phone may be ahead. All points must be later than the last one.
MAX_AHEAD_S = 60
#: Attempts to append when other requests append to the same path.
ATTEMPTS = 3
RIDER_KEY, RIDE_KEY = map(make_key_parameters, ("rider", "ride"))


class PathBusy(DomainError):
    message = _l("Other points of this ride are being saved. Send these again.")


@dataclass(frozen=True)
class PathProgress:
    """How far an open ride and its path have come."""

    duration_s: float
    point_count: int
    last_point: PathPoint | None

    def new_points(self, points: Sequence[PathPoint]) -> list[PathPoint]:
        """Return the points that continue the path."""
        in_time = [p for p in points if p.seconds <= self.duration_s + MAX_AHEAD_S]
        return thin_out(in_time, self.last_point)[: max(0, MAX_POINTS - self.point_count)]


def append_points(rider_key: RowKey, ride_key: RowKey, points: Sequence[PathPoint]) -> None:
    """Append to the path of the rider's open ride the points that come after its last one. The
    same points again change nothing.

    Raises NotFound, also for another rider's ride and for one that has ended; PathBusy.
    """
    for _ in range(ATTEMPTS):
        progress = _read_progress(rider_key, ride_key)
        new_points = progress.new_points(points)
        if not new_points or _append(rider_key, ride_key, progress, new_points):
            return
    raise PathBusy


def _read_progress(rider_key: RowKey, ride_key: RowKey) -> PathProgress:
    values = bind_keys(rider=rider_key, ride=ride_key)
    row = db.session.execute(path_progress_query(), values).one_or_none()
    if row is None:
        raise NotFound
    duration_s, point_count, last = row
    return PathProgress(float(duration_s), point_count, PathPoint(*last) if last else None)


@cache
def path_progress_query() -> Select[tuple[float, int, list[float]]]:
    """Return the query of the fields of PathProgress; the last point is NULL without a path. It is
    executed with the ``bind_keys`` of ``rider`` and ``ride``."""
    points = table(RidePath).c.points
    return (
        select(
            func.extract("epoch", func.now() - Ride.started_at),
            func.coalesce(func.jsonb_array_length(points), 0),
            points.op("->", return_type=JSONB())(-1),
        )
        .outerjoin(RidePath, _path_condition())
        .where(own_ride_condition(RIDER_KEY, RIDE_KEY), Ride.ended_at.is_(None))
    )


def _path_condition() -> ColumnElement[bool]:
    return and_(RidePath.region == Ride.region, RidePath.ride_id == Ride.id)


def _append(
    rider_key: RowKey, ride_key: RowKey, progress: PathProgress, points: list[PathPoint]
) -> bool:
    values = {
        **bind_keys(rider=rider_key, ride=ride_key),
        "new_points": [list(point) for point in points],
        "known_count": progress.point_count,
    }
    return bool(execute_write(append_points_statement(), values, idempotent=True))


@cache
def append_points_statement() -> ReturningInsert[tuple[UUID]]:
    """Return the statement that appends ``new_points`` if the ride is open and the path has
    ``known_count`` points: a path only grows. It returns the ride's id.

    It is executed with these two and the ``bind_keys`` of ``rider`` and ``ride``.
    """
    paths = table(RidePath)
    new_points = cast(bindparam("new_points", type_=JSONB()), JSONB)
    open_ride = select(Ride.region, Ride.id, new_points).where(
        own_open_ride_condition(RIDER_KEY, RIDE_KEY)
    )
    inserted = insert(paths).from_select(["region", "ride_id", "points"], open_ride)
    return inserted.on_conflict_do_update(
        index_elements=["region", "ride_id"],
        # Not changed_at: each change would move the row's entry in the index that flask sweep uses,
        # and on CockroachDB all of them are written to one range.
        set_={"points": paths.c.points.concat(inserted.excluded.points)},
        where=func.jsonb_array_length(paths.c.points) == bindparam("known_count", type_=Integer),
    ).returning(paths.c.ride_id)


def read_path(rider_key: RowKey, ride_key: RowKey) -> list[list[float]]:
    """Return the points of the rider's ride, each with seconds, lat and lon. Raises NotFound."""
    query = (
        select(RidePath.points)
        .select_from(Ride)
        .outerjoin(RidePath, _path_condition())
        .where(own_ride_condition(rider_key, ride_key))
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row.points or []


def delete_paths(session: Session, rider_key: RowKey) -> None:
    """Delete all paths of an account that is being deleted. Its rides stay, without the rider, for
    the ledger."""
    session.execute(delete(table(RidePath)).where(rider_paths_condition(rider_key)))


def rider_paths_condition(rider_key: RowKey) -> ColumnElement[bool]:
    """Select the paths of a rider's rides."""
    paths = table(RidePath).c
    rides = select(Ride.region, Ride.id).where(rider_condition(rider_key))
    return tuple_(paths.region, paths.ride_id).in_(rides)
