"""GBFS ``geofencing_zones``, versions 2.1 to 3.0: the rules of zones, and those of the city."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from webapp.fleet.gbfs.timestamps import from_posix, parse_time
from webapp.fleet.gbfs.vehicle_types import identifier, replace_unstorable
from webapp.fleet.zones.models import MAX_SPEED_KPH
from webapp.fleet.zones.zone_rules import Rule

#: In version 2 ``ride_allowed`` is about both ends of a ride.
START_KEYS = ("ride_start_allowed", "ride_allowed")
END_KEYS = ("ride_end_allowed", "ride_allowed")
THROUGH_KEYS = ("ride_through_allowed",)
TYPE_KEYS = ("vehicle_type_ids", "vehicle_type_id")
#: Some feeds write booleans in other ways.
BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True)
class GeofencingFile:
    """A file of zones.

    feature_collection: a GeoJSON FeatureCollection.
    global_rules: for outside of them; empty in version 2, where nothing is restricted there.
    problems: what of the global rules is not used.
    """

    feature_collection: object
    global_rules: tuple[Rule, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class FeatureRules:
    """What a feature says: its rules, when it applies, and what of it is not used."""

    rules: tuple[Rule, ...]
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    problems: tuple[str, ...] = ()


def read_geofencing_file(content: object) -> GeofencingFile | None:
    """Return what a ``geofencing_zones`` file contains; None: the content is another file."""
    match content:
        case {"data": {"geofencing_zones": feature_collection, **data}}:
            if isinstance(feature_collection, list):  # as the example of version 2.1 has it
                feature_collection = feature_collection[0] if feature_collection else None
            problems: list[str] = []
            rules = tuple(read_rules(data.get("global_rules"), problems))
            if _is_version_3(content) and not rules:
                problems.append("missing: nothing is restricted outside of the zones")
            return GeofencingFile(feature_collection, rules, tuple(problems))
    return None


def _is_version_3(content: object) -> bool:
    return isinstance(content, dict) and str(content.get("version")).startswith("3")


def read_feature_rules(properties: Mapping[str, object], zone: ZoneInfo) -> FeatureRules:
    """Return what the properties of a feature say. Times without an offset are in ``zone``."""
    problems: list[str] = []
    rules = tuple(read_rules(properties.get("rules"), problems))
    valid_from = _read_moment(properties.get("start"), zone, problems)
    valid_until = _read_moment(properties.get("end"), zone, problems, is_end=True)
    if valid_from and valid_until and valid_until <= valid_from:
        problems.append("ends before it starts, and never applies")
    return FeatureRules(rules, valid_from, valid_until, tuple(problems))


def read_rules(listed: object, problems: list[str]) -> Iterator[Rule]:
    """Yield the rules of a list; append what cannot be used of them to ``problems``."""
    for entry in listed if isinstance(listed, list) else []:
        if not isinstance(entry, dict):
            problems.append("has a rule that is no object, which is left out")
            continue
        type_ids = _read_type_ids(entry)
        if type_ids is not None and not type_ids:
            problems.append("has a rule for vehicle types without an id, which is left out")
            continue
        yield Rule(
            type_ids,
            _read_boolean(entry, START_KEYS, problems),
            _read_boolean(entry, END_KEYS, problems),
            _read_boolean(entry, THROUGH_KEYS, problems),
            _read_speed(entry.get("maximum_speed_kph"), problems),
            _read_boolean(entry, ("station_parking",), problems),
        )


def _read_type_ids(entry: Mapping[str, object]) -> frozenset[str] | None:
    """Return the ids of vehicle types; None: the rule is for all of them."""
    listed = next((entry[key] for key in TYPE_KEYS if entry.get(key) not in (None, [], "")), None)
    if listed is None:
        return None
    ids = listed if isinstance(listed, list) else [listed]
    return frozenset(replace_unstorable(id_) for each in ids if (id_ := identifier(each)))


def _read_boolean(
    entry: Mapping[str, object], keys: tuple[str, ...], problems: list[str]
) -> bool | None:
    """Return the value of the first key that has one; None: none has."""
    for key in keys:
        value = entry.get(key)
        if value is None:
            continue
        if str(value).strip().lower() in BOOLEANS:
            return BOOLEANS[str(value).strip().lower()]
        problems.append(f"has a {key} that is neither true nor false, which is left out")
    return None


def _read_speed(value: object, problems: list[str]) -> int | None:
    """Return a speed limit in km/h, rounded down; None: there is none."""
    if value is None:
        return None
    try:
        speed = math.nan if isinstance(value, bool) else float(str(value))
    except ValueError:
        speed = math.nan
    if 0 <= speed <= MAX_SPEED_KPH:
        return math.floor(speed)
    if speed > MAX_SPEED_KPH:
        problems.append(f"has a maximum speed above {MAX_SPEED_KPH} km/h, which is no limit")
    else:
        problems.append("has a maximum speed that is no number of 0 or more, which is left out")
    return None


def _read_moment(
    value: object, zone: ZoneInfo, problems: list[str], is_end: bool = False
) -> datetime | None:
    """Return a time: POSIX seconds (version 2) or RFC 3339; None: there is none.

    A day alone is meant from its beginning, or until its end.
    """
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and not _is_number(value):
            return _parse_moment(value.strip(), zone, is_end)
        seconds = math.nan if isinstance(value, bool) else float(str(value))
        return from_posix(seconds)
    except (ValueError, OverflowError, OSError):
        which = "end" if is_end else "start"
        problems.append(f"has a time of {which} that cannot be read, and applies without it")
        return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return len(text.strip()) > len("20261231")  # else a day


def _parse_moment(text: str, zone: ZoneInfo, is_end: bool) -> datetime:
    if len(text) <= len("2026-12-31"):
        day = date.fromisoformat(text) + timedelta(days=is_end)
        return datetime.combine(day, time(), zone).astimezone(UTC)
    return parse_time(text, zone)
