"""Reading the properties of a GeoJSON feature: name, kind of zone, speed limit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from webapp.fleet.gbfs.localized_names import read_labels
from webapp.fleet.gbfs.vehicle_types import read_localized_text
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.models import MAX_NAME_LENGTH, MAX_SPEED_KPH

KPH = 1.0
MPH = 1.609344

#: What files call the kinds, in lower case and without anything but letters.
KIND_NAMES = {
    **{kind.replace("_", ""): kind for kind in ZoneKind},
    **dict.fromkeys(("operatingarea", "businessarea"), ZoneKind.SERVICE_AREA),
    **dict.fromkeys(("noparkingzone", "noparkingarea"), ZoneKind.NO_PARKING),
    **dict.fromkeys(("noridezone", "noridearea", "nogo", "nogozone"), ZoneKind.NO_RIDE),
    **dict.fromkeys(("slowzone", "slowridezone", "slowride", "slowarea"), ZoneKind.SLOW),
}
#: Begins properties with a name in one language.
TAG_OF_NAME = "name:"
KIND_PROPERTIES = ("kind", "zonekind", "zonetype", "type", "category")
SPEED_PROPERTIES = ("maxspeed", "maximumspeed", "speedlimit")
#: At the end of the property's name or of its value. Without a unit it is km/h.
SPEED_UNITS = {"": KPH, "kph": KPH, "kmh": KPH, "km/h": KPH, "mph": MPH}
SPEED = re.compile(r"(\d{1,3}(?:\.\d+)?) *(mph|kph|km/h|)")


class FeatureUnsupported(Exception):
    """A feature that is no zone of MovR; its text says why. The rest of the file can be used."""


@dataclass(frozen=True)
class SpeedLimit:
    """A speed limit of a file. has_unit: whether the file says km/h or mph."""

    kph: int
    has_unit: bool


@dataclass(frozen=True)
class Classification:
    """The kind of a zone and its speed limit; kind None: the file does not say."""

    kind: ZoneKind | None
    speed: SpeedLimit | None = None


def classify_feature(properties: Mapping[str, object]) -> Classification:
    """Return the kind that the properties name; a speed limit alone makes a slow zone."""
    values = {_keep_letters(name): value for name, value in properties.items()}
    speed = _find_speed(values)
    for name in KIND_PROPERTIES:
        if kind := KIND_NAMES.get(_keep_letters(values.get(name))):
            return Classification(kind, speed)
    return Classification(ZoneKind.SLOW if speed else None, speed)


def read_name(properties: Mapping[str, object]) -> str:
    """Return the feature's name or ''. GBFS 3 has a list of names, one for each language."""
    name = _find_name(properties)
    return _fit_name(read_localized_text(name) if isinstance(name, list) else str(name))


def read_name_labels(properties: Mapping[str, object]) -> dict[str, str]:
    """Return the feature's names by language: of GBFS 3, or as OpenStreetMap has them, in
    properties like ``name:de``."""
    listed = _find_name(properties)
    tagged = [
        {"language": name[len(TAG_OF_NAME) :], "text": value}
        for name, value in properties.items()
        if name.lower().startswith(TAG_OF_NAME)
    ]
    texts = [*(listed if isinstance(listed, list) else ()), *tagged]
    return read_labels(texts, read_name(properties), _fit_name)


def _find_name(properties: Mapping[str, object]) -> object:
    names = (v for name, v in properties.items() if name.lower() in ("name", "title") and v)
    return next(names, "")


def _fit_name(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).strip()[:MAX_NAME_LENGTH]


def _keep_letters(text: object) -> str:
    return re.sub(r"[^a-z]", "", str(text).lower())


def _find_speed(values: Mapping[str, object]) -> SpeedLimit | None:
    for name in SPEED_PROPERTIES:
        for unit, factor in SPEED_UNITS.items():
            speed = SPEED.fullmatch(str(values.get(name + unit)).lower())
            if speed and 1 <= float(speed[1]) <= MAX_SPEED_KPH:
                factor = SPEED_UNITS[speed[2]] if speed[2] else factor
                return SpeedLimit(round(float(speed[1]) * factor), bool(speed[2] or unit))
    return None
