"""``vehicle_status.json``: the vehicles on the street that nobody rides.

What it says of a vehicle lets nobody follow it over a ride: docs/gbfs.md.
"""

from uuid import UUID

from flask import current_app

from webapp.db.keys import RowKey
from webapp.db.reads import stale_reads
from webapp.extensions import db
from webapp.fleet.anonymity import find_max_range_m, round_energy
from webapp.fleet.enums import VehicleType
from webapp.fleet.gbfs_publishing.data import FileData
from webapp.fleet.gbfs_publishing.queries import published_vehicles_query
from webapp.fleet.gbfs_publishing.versions import make_vehicle_type_id
from webapp.regions.enums import CityFeature
from webapp.regions.features import find_feature_refusal
from webapp.regions.models import City
from webapp.web.urls import public_url

#: Decimals of positions: a tenth of a metre.
POSITION_DECIMALS = 6
NO_ID = UUID(int=0)


class RentalUris(FileData):
    """Where a vehicle is shown; nobody needs an account to see it."""

    web: str


class VehicleStatus(FileData):
    """A vehicle. ``last_reported`` is not published: it would say when a ride has ended."""

    vehicle_id: str
    lat: float
    lon: float
    is_reserved: bool
    is_disabled: bool
    vehicle_type_id: str
    rental_uris: RentalUris
    current_range_meters: int | None = None
    current_fuel_percent: float | None = None


class VehicleStatuses(FileData):
    """The data of the file."""

    vehicles: list[VehicleStatus]


def make_vehicle_status(city: City) -> VehicleStatuses:
    """Return the vehicles of a city; none once it is closed."""
    if city.is_closed:
        return VehicleStatuses([])
    is_remote = city.region != current_app.config["REGION"]
    rows = db.session.execute(
        published_vehicles_query(city), bind_arguments=stale_reads() if is_remote else {}
    )
    types = _TypeFacts()
    key_prefix = str(RowKey(city.region, NO_ID)).removesuffix(str(NO_ID))
    url_prefix = public_url("fleet.vehicles.show", vehicle_key=RowKey(city.region, NO_ID))
    url_prefix = url_prefix.removesuffix(str(NO_ID))
    is_suspended = find_feature_refusal(city, CityFeature.RIDES) is not None
    vehicles = []
    for public_id, lat, lon, form_factor, propulsion, is_reserved, is_enabled, *energy in rows:
        vehicle_type = types[form_factor, propulsion]
        range_and_fuel = vehicle_type.energy_fields(*energy)
        is_empty = range_and_fuel[:1] == (0,)
        vehicles.append(
            VehicleStatus(
                f"{key_prefix}{public_id}",
                round(lat, POSITION_DECIMALS),
                round(lon, POSITION_DECIMALS),
                is_reserved,
                is_suspended or not is_enabled or is_empty,
                vehicle_type.id,
                RentalUris(f"{url_prefix}{public_id}"),
                *range_and_fuel,
            )
        )
    return VehicleStatuses(vehicles)


class _TypeFacts(dict[VehicleType, "_TypeFact"]):
    """The facts of each type, found once."""

    def __missing__(self, vehicle_type: VehicleType) -> "_TypeFact":
        self[vehicle_type] = fact = _TypeFact(vehicle_type)
        return fact


class _TypeFact:
    """What vehicles of a type have in common."""

    def __init__(self, vehicle_type: VehicleType) -> None:
        self.id = make_vehicle_type_id(vehicle_type)
        self.propulsion_type = vehicle_type[1]
        self.max_range_m = find_max_range_m(vehicle_type)

    def energy_fields(
        self, range_m: int | None, battery_percent: int | None
    ) -> tuple[int, float | None] | tuple[()]:
        """Return ``current_range_meters`` and ``current_fuel_percent``; () without a motor."""
        if self.max_range_m is None:
            return ()
        energy = round_energy(self.propulsion_type, self.max_range_m, range_m, battery_percent)
        return energy.range_m, energy.fuel_share
