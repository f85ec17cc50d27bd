"""Facts about the rides of a vehicle, as columns for queries of the fleet."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, String, Subquery, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from webapp.audit.changes import make_object
from webapp.db.types import table
from webapp.fleet.models import Vehicle
from webapp.hooks import MAX_IN_A_ROW, ShortRide, VehicleRideColumns
from webapp.riders.coarse_facts import RIDE_COUNT_STEPS
from webapp.rides.models import Ride

_same_vehicle = and_(Ride.region == Vehicle.region, Ride.vehicle_id == Vehicle.id)


def count_short_rides(vehicles: FromClause, short: ShortRide) -> ColumnElement[int]:
    """Return how many of the last rides in a row were short; see ``VehicleRideColumns``. Where the
    distance of a ride is not known, its duration decides."""
    rides, vehicle = table(Ride).c, vehicles.c
    is_short = and_(
        rides.ended_at - rides.started_at < short.duration,
        func.coalesce(rides.distance_m, 0) < short.distance_m,
    )
    last = (
        select(rides.started_at, is_short.label("is_short"))
        .where(
            rides.region == vehicle.region,
            rides.vehicle_id == vehicle.id,
            rides.ended_at.is_not(None),
            or_(vehicle.back_on_street_at.is_(None), rides.started_at > vehicle.back_on_street_at),
        )
        .order_by(rides.started_at.desc())
        .limit(MAX_IN_A_ROW)
        .correlate(vehicles)
        .subquery()
    )
    newer_ones_too = func.bool_and(last.c.is_short).over(order_by=last.c.started_at.desc())
    in_a_row = select(newer_ones_too.label("is_short")).subquery()
    return select(func.count()).where(in_a_row.c.is_short).scalar_subquery()


def score_column() -> ColumnElement[Any]:
    """Return the score of a vehicle from its last rides; see ``VehicleRideColumns``. As many
    entries of ``ix_rides_vehicle_started`` are read as rides are counted. Any: JSON."""
    last = _last_rides_subquery()
    score = {
        "ride_count": func.count(),
        "rating_count": func.count(last.c.rating),
        "rating_sum": func.coalesce(func.sum(last.c.rating), 0),
        "remarks": _remarks_column(last),
    }
    return select(make_object(score)).select_from(last).scalar_subquery()


def _last_rides_subquery() -> Subquery:
    rides = table(Ride).c
    columns = (
        rides.region, rides.id, rides.ended_at, rides.rating, rides.rating_note,
        rides.note_is_public, rides.note_hidden_at,
    )  # fmt: skip
    return (
        select(*columns)
        .where(rides.region == Vehicle.region, rides.vehicle_id == Vehicle.id)
        .where(rides.ended_at.is_not(None))
        .order_by(rides.started_at.desc())
        .limit(RIDE_COUNT_STEPS[-1])
        .correlate(Vehicle)
        .subquery()
    )


# Any: JSON.
def _remarks_column(rides: Subquery) -> ColumnElement[Any]:
    """Return the public remarks about rides, the newest first, as ``read_score`` takes them
    (webapp/fleet/vehicle_scores.py)."""
    key = cast(rides.c.region, String) + "." + cast(rides.c.id, String)
    is_hidden = rides.c.note_hidden_at.is_not(None)
    remark = func.jsonb_build_array(
        rides.c.ended_at, key, rides.c.rating, rides.c.rating_note, is_hidden
    )
    remarks = func.jsonb_agg(aggregate_order_by(remark, rides.c.ended_at.desc()))
    return remarks.filter(rides.c.note_is_public)


VEHICLE_RIDE_COLUMNS = VehicleRideColumns(
    score=score_column(),
    ride_count=select(func.count()).where(_same_vehicle).correlate(Vehicle).scalar_subquery(),
    rider_id=(
        select(table(Ride).c.rider_id)
        .where(_same_vehicle, Ride.ended_at.is_(None))
        .correlate(Vehicle)
        .scalar_subquery()
    ),
    last_end_address=(
        select(table(Ride).c.end_address)
        .where(_same_vehicle, Ride.ended_at.is_not(None))
        .order_by(Ride.started_at.desc())
        .limit(1)
        .correlate(Vehicle)
        .scalar_subquery()
    ),
    count_short_rides=count_short_rides,
)
