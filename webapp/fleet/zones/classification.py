"""What the properties of a GeoJSON feature tell: what it is for, how fast, and its name."""

import re
from dataclasses import dataclass
from typing import Any

from webapp.fleet.zones.enums import ZoneKind

NAME_LENGTH = 120
FASTEST_KPH = 200
KPH = 1.0
MPH = 1.609344


class NoZone(Exception):
    """A feature that MovR has no zone for; its text says why. The rest of a file can be used."""


@dataclass(frozen=True)
class Zoning:
    """What a zone is for; kind None: that is not said."""

    kind: ZoneKind | None
    max_speed_kph: int | None = None


#: What files call the kinds, in small letters alone.
KIND_WORDS = {
    **{kind.replace("_", ""): kind for kind in ZoneKind},
    **dict.fromkeys(("operatingarea", "businessarea"), ZoneKind.SERVICE_AREA),
    **dict.fromkeys(("noparkingzone", "noparkingarea"), ZoneKind.NO_PARKING),
    **dict.fromkeys(("noridezone", "noridearea", "nogo", "nogozone"), ZoneKind.NO_RIDE),
    **dict.fromkeys(("slowzone", "slowridezone", "slowride", "slowarea"), ZoneKind.SLOW),
}
KIND_KEYS = ("kind", "zonekind", "zonetype", "type", "category")
SPEED_KEYS = ("maxspeed", "maximumspeed", "speedlimit")
#: In the key or after the number. Where no unit stands it is km/h.
UNITS = {"": KPH, "kph": KPH, "kmh": KPH, "km/h": KPH, "mph": MPH}
SPEED = re.compile(r"(\d{1,3}(?:\.\d+)?) *(mph|kph|km/h|)")


def zoning_of(properties: dict[str, Any]) -> Zoning:
    """Return what a feature is for; a maximum speed alone makes a slow zone."""
    plain = {_letters(key): value for key, value in properties.items()}
    speed = _speed(plain)
    for key in KIND_KEYS:
        if kind := KIND_WORDS.get(_letters(plain.get(key))):
            return Zoning(kind, speed)
    return Zoning(ZoneKind.SLOW if speed else None, speed)


def name_of(properties: dict[str, Any]) -> str:
    """Return the feature's name or ''. GBFS 3 has a list of names, one for each language."""
    found = next((v for k, v in properties.items() if k.lower() in ("name", "title") and v), "")
    if isinstance(found, list):
        texts = [each for each in found if isinstance(each, dict) and "text" in each]
        english = [each for each in texts if str(each.get("language")).startswith("en")]
        found = next((each["text"] for each in english or texts), "")
    return "".join(c for c in str(found) if c.isprintable()).strip()[:NAME_LENGTH]


def _letters(text: object) -> str:
    return re.sub(r"[^a-z]", "", str(text).lower())


def _speed(plain: dict[str, Any]) -> int | None:
    """Return the maximum speed that the properties tell, in km/h."""
    for key in SPEED_KEYS:
        for unit, factor in UNITS.items():
            number = SPEED.fullmatch(str(plain.get(key + unit)).lower())
            if number and 1 <= float(number[1]) <= FASTEST_KPH:
                return round(float(number[1]) * (UNITS[number[2]] if number[2] else factor))
    return None
