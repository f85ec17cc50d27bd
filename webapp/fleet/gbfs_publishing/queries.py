"""What feeds read of a city's vehicles."""

from sqlalchemy import Select, and_, func, select

from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import PUBLIC_STATES, VehicleState, VehicleType
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_types.settings import vehicle_types
from webapp.fleet.vehicle_types.start_battery import start_battery_condition
from webapp.regions.models import City


def published_vehicles_query(
    city: City,
) -> Select[tuple[str, float, float, str, str, bool, bool, int | None, int | None]]:
    """Return the query for the vehicles on the street that nobody rides, by their public id.

    Their public id, position and type; whether somebody has reserved them, and whether they cannot
    be ridden; their range and battery.
    """
    v = table(Vehicle).c
    is_reserved = and_(v.state == VehicleState.RESERVED.value, v.reserved_until > func.now())
    is_enabled = and_(v.state != VehicleState.NON_OPERATIONAL.value, start_battery_condition())
    return (
        select(
            v.public_id,
            v.lat,
            v.lon,
            v.form_factor,
            v.propulsion_type,
            func.coalesce(is_reserved, False).label("is_reserved"),
            is_enabled.label("is_enabled"),
            v.range_m,
            v.battery_percent,
        )
        .where(
            v.region == city.region,
            v.city == city.name,
            v.state.in_([state.value for state in PUBLIC_STATES]),
            v.lat.is_not(None),
        )
        .order_by(v.public_id)
    )


def list_city_types(city: City) -> list[VehicleType]:
    """Return the types of a city's feed: those that new vehicles may have, and those that the city
    has besides."""
    named = vehicle_types()
    types = {named.names[name] for name in named.offered_names}
    types.update((str(f), str(p)) for f, p in db.session.execute(city_types_query(city)))
    return sorted((str(f), str(p)) for f, p in types)


def city_types_query(city: City) -> Select[tuple[str, str]]:
    """Return the query for the types of the vehicles that a city has or has had."""
    v = table(Vehicle).c
    return (
        select(v.form_factor, v.propulsion_type)
        .distinct()
        .where(v.region == city.region, v.city == city.name)
    )
