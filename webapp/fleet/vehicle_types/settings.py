"""What is set for types of vehicles. Each process keeps a copy for a while."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property

from flask import Flask, current_app
from sqlalchemy import select

from webapp.db.cache import TimedCache
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import VEHICLE_TYPES, VehicleType
from webapp.fleet.vehicle_types.models import VehicleTypeRow


@dataclass(frozen=True)
class TypeSettings:
    """What can be set for a type. Columns of VehicleTypeRow."""

    label: str = ""
    icon: str = ""
    low_battery_percent: int | None = None
    min_battery_percent: int | None = None
    top_speed_kph: int | None = None
    max_range_m: int | None = None
    rider_capacity: int | None = None
    is_archived: bool = False
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)

    def columns(self) -> dict[str, object]:
        return asdict(self)


SETTING_COLUMNS = tuple(each.name for each in fields(TypeSettings))
#: For types that nobody has set up.
NOTHING_SET = TypeSettings()


@dataclass(frozen=True)
class NamedTypes:
    """The types with a name: the built-in ones first, then those that admins have added."""

    names: Mapping[str, VehicleType]
    settings: Mapping[VehicleType, TypeSettings]

    @cached_property
    def names_by_type(self) -> Mapping[VehicleType, str]:
        return {type_: name for name, type_ in self.names.items()}

    @cached_property
    def digest(self) -> int:
        """A number that changes with the settings: part of the keys of cached cards."""
        labels = [sorted(each.labels.items()) for each in self.settings.values()]
        return hash((tuple(self.names.items()), tuple(self.settings.items()), repr(labels)))

    @cached_property
    def offered_names(self) -> list[str]:
        """The names of the types that new vehicles may have."""
        return [name for name, type_ in self.names.items() if not self.find(type_).is_archived]

    def find(self, vehicle_type: VehicleType) -> TypeSettings:
        """Return what is set for a type."""
        return self.settings.get(vehicle_type, NOTHING_SET)


def init_app(app: Flask) -> None:
    cache: TimedCache[None, NamedTypes] = TimedCache(
        app.config["PLANS_MAX_AGE_S"], max_size=1, keeps_when_unavailable=True
    )
    app.extensions["movr_vehicle_types"] = cache


def types_cache() -> TimedCache[None, NamedTypes]:
    """Return the types that this process keeps."""
    cache: TimedCache[None, NamedTypes] = current_app.extensions["movr_vehicle_types"]
    return cache


def vehicle_types() -> NamedTypes:
    """Return the types of the current application."""
    return types_cache().get(None, load_vehicle_types)


def load_vehicle_types() -> NamedTypes:
    """Read the types from the database."""
    columns = table(VehicleTypeRow).c
    key = (columns.name, columns.form_factor, columns.propulsion_type)
    query = select(*key, *(columns[name] for name in SETTING_COLUMNS)).order_by(columns.name)
    names: dict[str, VehicleType] = {
        name: (str(f), str(p)) for name, (f, p) in VEHICLE_TYPES.items()
    }
    settings = {}
    for name, form_factor, propulsion_type, *values in db.session.execute(query):
        names.setdefault(name, (form_factor, propulsion_type))
        settings[form_factor, propulsion_type] = TypeSettings(*values)
    return NamedTypes(names, settings)


def types_digest() -> int:
    """Return a number that changes with what is set: part of the keys of cached fragments."""
    return vehicle_types().digest


def find_type_settings(form_factor: str, propulsion_type: str) -> TypeSettings:
    """Return what is set for the type of a vehicle."""
    return vehicle_types().find((form_factor, propulsion_type))


def find_type_name(vehicle_type: VehicleType) -> str | None:
    """Return the name of a type; None for types that only feeds have."""
    return vehicle_types().names_by_type.get(vehicle_type)
