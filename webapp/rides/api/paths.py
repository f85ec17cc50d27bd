"""The path of a ride."""

from typing import Annotated

from flask import Blueprint
from flask_login import current_user
from msgspec import Meta

from webapp.api.operations import V1, operation
from webapp.api.values import Body, Lat, Lon
from webapp.db.keys import RowKey
from webapp.rides.services.path_points import MAX_POINTS_SENT, make_path_point
from webapp.rides.services.paths import PathBusy, append_points, read_path
from webapp.web.access import requires_scope
from webapp.web.scopes import Scope

bp = Blueprint("api_paths", __name__, url_prefix=f"{V1}/rides/<key:ride_key>/path")


class PathPoint(Body):
    """Where the rider was."""

    seconds: Annotated[float, Meta(ge=0, le=9_999_999, description="After the start of the ride.")]
    lat: Lat
    lon: Lon


class PathPart(Body):
    """Points that come after those that are there."""

    points: Annotated[list[PathPoint], Meta(max_length=MAX_POINTS_SENT)]


@bp.get("")
@requires_scope(Scope.RIDES_READ)
@operation(list[PathPoint])
def show(ride_key: RowKey) -> list[PathPoint]:
    """Show the path of a ride, if one was recorded."""
    points = read_path(current_user.key, ride_key)
    return [PathPoint(seconds=seconds, lat=lat, lon=lon) for seconds, lat, lon in points]


@bp.post("")
@requires_scope(Scope.RIDES_WRITE)
@operation(
    None,
    status=204,
    body=PathPart,
    body_example=PathPart(points=[PathPoint(seconds=12, lat=40.7306, lon=-73.9866)]),
    problems=(PathBusy,),
    is_repeatable=True,
)
def append(ride_key: RowKey, body: PathPart) -> None:
    """Add points to the path of the running ride.

    Points that are there already, or too near to the last one, change nothing.
    """
    points = [make_path_point(each.seconds, each.lat, each.lon) for each in body.points]
    append_points(current_user.key, ride_key, points)
