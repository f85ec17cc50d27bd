"""What a city has of what it needs before people ride in it."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Select, exists, select

from webapp.auth.models import RoleGrant, User
from webapp.auth.staff import staff_query
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.labels import type_label
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.cache import find_type_plan
from webapp.fleet.vehicle_types.settings import vehicle_types
from webapp.fleet.zones.cache import city_zones
from webapp.fleet.zones.enums import ZoneKind
from webapp.regions.models import City
from webapp.texts.enums import PAGE_KINDS, TextKind
from webapp.texts.published_texts import find_published_text
from webapp.web.roles import Permission, Role


class CitySetup(NamedTuple):
    """What there is in a city."""

    has_service_area: bool
    #: What people call the types that nobody has set a price for: riding them is free.
    free_types: Sequence[str]
    has_vehicles: bool
    has_manager: bool
    #: The texts of which people read the example that MovR comes with.
    missing_texts: Sequence[TextKind]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing."""
        has_all = self.has_service_area and self.has_vehicles and self.has_manager
        return has_all and not self.free_types and not self.missing_texts


def read_city_setup(city: City) -> CitySetup:
    """Return what there is in a city. One statement, beside what each process keeps."""
    types = vehicle_types()
    offered = [types.names[name] for name in types.offered_names]
    zones = city_zones(city).list_active_zones()
    has_vehicles, has_manager = db.session.execute(setup_query(city)).one()
    return CitySetup(
        has_service_area=any(zone.kind == ZoneKind.SERVICE_AREA for zone in zones),
        free_types=[type_label(*each) for each in offered if not find_type_plan(city.name, *each)],
        has_vehicles=has_vehicles,
        has_manager=has_manager,
        missing_texts=[kind for kind in PAGE_KINDS if not find_published_text(kind, city)],
    )


def setup_query(city: City) -> Select[tuple[bool, bool]]:
    """Return the query for whether a city has vehicles, and a manager."""
    vehicles, is_manager = table(Vehicle).c, table(RoleGrant).c.role == Role.FLEET.value
    in_city = exists().where(
        vehicles.region == city.region,
        vehicles.city == city.name,
        vehicles.state.in_([each for each in VehicleState if each != VehicleState.REMOVED]),
    )
    managers = staff_query(Permission.VIEW_BOARD, city.name, table(User).c.id).where(is_manager)
    return select(in_city, managers.exists())
