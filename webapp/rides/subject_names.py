"""What people call rides in the audit trail."""

from collections.abc import Collection

from sqlalchemy import and_

from webapp.auth.subject_names import subject_names_query
from webapp.db.types import table
from webapp.fleet.labels import vehicle_name
from webapp.fleet.models import Vehicle
from webapp.hooks import SubjectNames, SubjectNamesQuery
from webapp.rides.models import Ride
from webapp.translations import gettext as _


def _rides_query(keys: Collection[str]) -> SubjectNamesQuery:
    rides, vehicles = table(Ride), table(Vehicle)
    v = vehicles.c
    query = subject_names_query(Ride, keys, v.brand, v.form_factor, v.propulsion_type)
    is_ridden = and_(v.region == rides.c.region, v.id == rides.c.vehicle_id)
    return query.join_from(rides, vehicles, is_ridden)


def _describe_ride(brand: str, form_factor: str, propulsion_type: str) -> str:
    vehicle = Vehicle(brand=brand, form_factor=form_factor, propulsion_type=propulsion_type)
    return str(_("Ride on %(vehicle)s", vehicle=vehicle_name(vehicle)))


RIDE_NAMES = SubjectNames(_rides_query, _describe_ride)
