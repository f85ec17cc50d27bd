"""Vehicles on the street: near a point, in a part of the map, and one."""

from typing import Annotated

from flask import Blueprint
from msgspec import Meta

from webapp.api.operations import V1, operation
from webapp.api.values import Body, PointBody
from webapp.db.keys import RowKey
from webapp.db.paging import Page, read_number_cursor, read_uuid_cursor
from webapp.fleet.api_schemas import Vehicle, VehicleCluster, VehicleMap, describe_vehicle
from webapp.fleet.enums import FormFactor
from webapp.fleet.live_map.bounding_box import BoundingBox
from webapp.fleet.live_map.services import read_map
from webapp.fleet.queries.filters import VehicleFilter
from webapp.fleet.queries.lists import list_vehicles
from webapp.fleet.queries.nearest import SEARCH_RADII_M, list_nearest
from webapp.fleet.queries.vehicles import VehicleNotFound, find_listed_vehicle
from webapp.regions.catalogue import city_or_404
from webapp.regions.geography import Point
from webapp.translations import gettext as _
from webapp.web.access import public
from webapp.web.problems import InvalidRequest

bp = Blueprint("api_vehicles", __name__, url_prefix=V1)


class VehicleParameters(PointBody):
    """Which vehicles of a city: those near a point, the nearest first, or all."""

    radius_m: Annotated[
        int, Meta(ge=1, le=SEARCH_RADII_M[-1], description="Around the point, metres.")
    ] = SEARCH_RADII_M[0]
    form_factor: Annotated[FormFactor | None, Meta(description="As in GBFS.")] = None
    after: Annotated[str | None, Meta(description="From the header Link.")] = None


class MapParameters(Body):
    """Which part of the map."""

    bbox: Annotated[str, Meta(description="south,west,north,east in degrees.")]
    form_factor: Annotated[FormFactor | None, Meta(description="As in GBFS.")] = None


@bp.get("/cities/<city_name>/vehicles")
@public
@operation(
    list[Vehicle],
    query=VehicleParameters,
    query_example=VehicleParameters(lat=40.7306, lon=-73.9866),
    is_paged=True,
)
def index(city_name: str, query: VehicleParameters) -> Page[Vehicle]:
    """List the available vehicles of a city.

    With a point the nearest first, else in no order that lasts.
    """
    vehicle_filter = VehicleFilter(city_or_404(city_name), form_factor=query.form_factor)
    if query.lat is not None and query.lon is not None:
        centre, cursor = Point(query.lat, query.lon), read_number_cursor(query.after)
        page = list_nearest(vehicle_filter, centre, query.radius_m, cursor)
    else:
        page = list_vehicles(vehicle_filter, read_uuid_cursor(query.after))
    vehicles = [describe_vehicle(row.vehicle, row.distance_m) for row in page.rows]
    return Page(vehicles, page.after)


@bp.get("/cities/<city_name>/vehicles/map")
@public
@operation(
    VehicleMap, query=MapParameters, query_example=MapParameters(bbox="40.72,-74.0,40.74,-73.98")
)
def show_map(city_name: str, query: MapParameters) -> VehicleMap:
    """Show the available vehicles in a part of the map.

    Where there are more than 500, they are counted in clusters.
    """
    try:
        box = BoundingBox.parse(query.bbox)
    except (ValueError, TypeError):
        text = _("Send south,west,north,east in degrees.")
        raise InvalidRequest(errors=[("/bbox", text)]) from None
    vehicle_filter = VehicleFilter(city_or_404(city_name), form_factor=query.form_factor)
    data = read_map(vehicle_filter, box, since=None)
    return VehicleMap(
        vehicle_count=data.vehicle_count or 0,
        vehicles=[describe_vehicle(vehicle) for vehicle in data.vehicles],
        clusters=[
            VehicleCluster(lat=each.lat, lon=each.lon, vehicle_count=each.vehicle_count)
            for each in data.clusters
        ],
    )


@bp.get("/vehicles/<key:vehicle_key>")
@public
@operation(Vehicle, problems=(VehicleNotFound,))
def show(vehicle_key: RowKey) -> Vehicle:
    """Show a vehicle.

    Its id changes with each ride: one that was read long ago may be gone. While somebody rides it,
    it is not found.
    """
    return describe_vehicle(find_listed_vehicle(vehicle_key))
