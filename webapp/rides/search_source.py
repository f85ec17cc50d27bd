"""What the search of staff finds about rides: those whose id begins with a text."""

from datetime import datetime

from sqlalchemy import and_

from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.fleet.labels import vehicle_name
from webapp.fleet.models import Vehicle
from webapp.regions.catalogue import catalogue
from webapp.rides.models import Ride
from webapp.staff_search import (
    FoundRowsQuery,
    SearchResult,
    SearchScope,
    SearchSource,
    SearchTerm,
    found_rows_query,
    id_condition,
)
from webapp.templating import local_time
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


def _rides_query(term: SearchTerm, scope: SearchScope, limit: int) -> FoundRowsQuery | None:
    is_found = id_condition(Ride, term)
    if is_found is None:
        return None
    rides, vehicles = table(Ride), table(Vehicle)
    r, v = rides.c, vehicles.c
    values = (v.brand, v.form_factor, v.propulsion_type, v.id, r.started_at, r.ended_at)
    is_ridden = and_(v.region == r.region, v.id == r.vehicle_id)
    query = found_rows_query(Ride, values).join_from(rides, vehicles, is_ridden)
    return query.where(is_found, scope.condition(Ride)).order_by(r.id).limit(limit)


def _describe_ride(
    key: RowKey, city: str, brand: str, form_factor: str, propulsion_type: str, vehicle_id: str,
    started_at: str, ended_at: str | None,
) -> SearchResult:  # fmt: skip
    """An open ride leads to the page that ends it, another one to those of its vehicle."""
    vehicle = Vehicle(brand=brand, form_factor=form_factor, propulsion_type=propulsion_type)
    title = _("Ride on %(vehicle)s", vehicle=vehicle_name(vehicle))
    started = local_time(datetime.fromisoformat(started_at), catalogue().find(city))
    if ended_at is None:
        return SearchResult(title, started, "rides.staff.end", {"ride_key": key})
    vehicle_key = RowKey.parse(f"{key.region}.{vehicle_id}")
    return SearchResult(title, started, "rides.staff.vehicle_rides", {"vehicle_key": vehicle_key})


SEARCH_SOURCE = SearchSource(
    "rides", _l("Rides"), Permission.VIEW_RIDES, _rides_query, _describe_ride, position=30
)
