"""``vehicle_types.json``: what the vehicles of a city are.

Brand and colour are not there: in a small fleet they would tell which vehicle is which after a
ride.
"""

from webapp.fleet.anonymity import find_max_range_m
from webapp.fleet.enums import FormFactor, VehicleType
from webapp.fleet.gbfs_publishing.data import FileData, LocalizedText, translate
from webapp.fleet.gbfs_publishing.files.system_pricing_plans import find_plan_id
from webapp.fleet.gbfs_publishing.queries import list_city_types
from webapp.fleet.gbfs_publishing.versions import make_vehicle_type_id
from webapp.fleet.labels import type_label
from webapp.fleet.pricing.cache import find_type_plan
from webapp.fleet.vehicle_types.settings import find_type_settings
from webapp.regions.enums import CityFeature
from webapp.regions.features import find_feature_refusal
from webapp.regions.models import City

#: The field of ``VehicleTypeData`` that the release candidate of 3.1 adds.
CANDIDATE_FIELDS = ("min_age",)
#: Rides end anywhere that the zones allow.
FREE_FLOATING = "free_floating"
#: Wheels by form factor; those of other vehicles are not known.
WHEELS = {
    FormFactor.BICYCLE: 2,
    FormFactor.SCOOTER_STANDING: 2,
    FormFactor.SCOOTER_SEATED: 2,
    FormFactor.MOPED: 2,
    FormFactor.CAR: 4,
}


class VehicleTypeData(FileData):
    """A type of vehicles."""

    vehicle_type_id: str
    form_factor: str
    propulsion_type: str
    name: LocalizedText
    return_constraint: str
    default_reserve_time: int
    default_pricing_plan_id: str
    max_range_meters: int | None = None
    rider_capacity: int | None = None
    wheel_count: int | None = None
    max_permitted_speed: int | None = None
    min_age: int | None = None


class VehicleTypes(FileData):
    """The data of the file."""

    vehicle_types: list[VehicleTypeData]


def make_vehicle_types(city: City) -> VehicleTypes:
    return VehicleTypes([_make_type(city, each) for each in list_city_types(city)])


def _make_type(city: City, vehicle_type: VehicleType) -> VehicleTypeData:
    form_factor, propulsion_type = vehicle_type
    settings = find_type_settings(*vehicle_type)
    return VehicleTypeData(
        vehicle_type_id=make_vehicle_type_id(vehicle_type),
        form_factor=form_factor,
        propulsion_type=propulsion_type,
        name=translate(lambda: type_label(form_factor, propulsion_type)),
        return_constraint=FREE_FLOATING,
        default_reserve_time=_find_reserve_min(city, vehicle_type),
        default_pricing_plan_id=find_plan_id(city, vehicle_type),
        max_range_meters=find_max_range_m(vehicle_type),
        rider_capacity=settings.rider_capacity,
        wheel_count=WHEELS.get(FormFactor(form_factor)),
        max_permitted_speed=settings.top_speed_kph,
        min_age=city.minimum_age,
    )


def _find_reserve_min(city: City, vehicle_type: VehicleType) -> int:
    """Return for how many minutes a vehicle can be reserved free of charge; 0: it cannot be."""
    plan = find_type_plan(city.name, *vehicle_type)
    is_off = find_feature_refusal(city, CityFeature.RESERVATIONS)
    return plan.reserve_min if plan and not is_off else 0
