"""Writing a file as GBFS 2.3: other names of some fields, one language, times in POSIX seconds."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
import shapely

from webapp.fleet.gbfs_publishing.data import Document, Json, LocalizedText, list_feed_languages
from webapp.fleet.gbfs_publishing.files import system_pricing_plans, vehicle_types
from webapp.fleet.gbfs_publishing.files.geofencing_zones import ZoneFeature, ZoneRule
from webapp.fleet.gbfs_publishing.files.system_alerts import Alert
from webapp.fleet.gbfs_publishing.files.vehicle_status import VehicleStatus
from webapp.fleet.gbfs_publishing.versions import Version
from webapp.web.languages import LANGUAGE_ARGUMENT

#: How far the zone reaches that has the rules outside of zones: about 50 km.
SURROUNDINGS_DEGREES = 0.5

#: A vehicle, with the name that its id has in 2.3.
_Bike = msgspec.defstruct(
    "_Bike",
    [(field.name, field.type, field.default) for field in msgspec.structs.fields(VehicleStatus)],
    omit_defaults=True,
    rename={"vehicle_id": "bike_id"},
)


def write_document(document: Document) -> bytes:
    """Return the file as JSON, in its language."""
    rewrite = _REWRITTEN.get(document.name)
    content = {
        "last_updated": int(document.last_updated.timestamp()),
        "ttl": document.ttl_s,
        "version": Version.V2.number,
        "data": rewrite(document.data) if rewrite else document.data,
    }
    return msgspec.json.encode(content, enc_hook=partial(_write_text, document.language))


def _write_text(language: str | None, value: Any) -> str:
    """Return what JSON has for a text. Any: by msgspec, which asks for every type that it does not
    know."""
    if not isinstance(value, LocalizedText):
        raise NotImplementedError(type(value))
    return value.by_language[language or list_feed_languages()[0]]


def _rewrite_feeds(data: Any) -> Json:
    """The list of files stands in each language of a feed."""
    first, *others = list_feed_languages()
    return {first: data} | {each: {"feeds": _list_files(data, each)} for each in others}


def _list_files(data: Any, language: str) -> Json:
    return [
        {"name": each.name, "url": f"{each.url}?{LANGUAGE_ARGUMENT}={language}"}
        for each in data.feeds
    ]


def _rewrite_system_information(data: Any) -> Json:
    system = msgspec.structs.asdict(data)
    system["language"] = LocalizedText({code: code for code in system.pop("languages")})
    for added_in_3 in ("opening_hours", "manifest_url", "termination_date"):
        del system[added_in_3]
    return _drop_missing(system)


def _rewrite_vehicles(data: Any) -> Json:
    return {"bikes": [_Bike(*msgspec.structs.astuple(each)) for each in data.vehicles]}


def _rewrite_zones(data: Any) -> Json:
    """Rules have other names, and there are none outside of zones: a zone around all others, the
    last one, has those."""
    features = [_rewrite_zone(feature) for feature in data.geofencing_zones.features]
    if features and any(map(_restricts, data.global_rules)):
        features.append(_make_surroundings(features, data.global_rules))
    return {"geofencing_zones": {"type": "FeatureCollection", "features": features}}


def _rewrite_zone(feature: ZoneFeature) -> Json:
    properties = feature.properties
    rewritten = {
        "name": properties.name,
        "start": _to_posix(properties.start),
        "end": _to_posix(properties.end),
        "rules": [_rewrite_rule(rule) for rule in properties.rules],
    }
    said = _drop_missing(rewritten)
    return {"type": feature.type, "geometry": feature.geometry, "properties": said}


def _rewrite_rule(rule: ZoneRule) -> Json:
    rewritten = {
        "ride_allowed": rule.ride_start_allowed and rule.ride_end_allowed,
        "ride_through_allowed": rule.ride_through_allowed,
        "vehicle_type_id": rule.vehicle_type_ids,
        "maximum_speed_kph": rule.maximum_speed_kph,
    }
    return _drop_missing(rewritten)


def _rewrite_plans(data: Any) -> Json:
    added = dict.fromkeys(system_pricing_plans.CANDIDATE_FIELDS)
    return {"plans": [msgspec.structs.replace(plan, **added) for plan in data.plans]}


def _rewrite_types(data: Any) -> Json:
    added = dict.fromkeys(vehicle_types.CANDIDATE_FIELDS)
    types = [msgspec.structs.replace(each, **added) for each in data.vehicle_types]
    return {"vehicle_types": types}


def _rewrite_alerts(data: Any) -> Json:
    return {"alerts": [_rewrite_alert(each) for each in data.alerts]}


def _rewrite_alert(alert: Alert) -> Json:
    rewritten = msgspec.structs.asdict(alert)
    if alert.times:
        rewritten["times"] = [
            _drop_missing({"start": _to_posix(each.start), "end": _to_posix(each.end)})
            for each in alert.times
        ]
    return _drop_missing({**rewritten, "last_updated": _to_posix(alert.last_updated)})


def _to_posix(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _drop_missing(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}


def _restricts(rule: ZoneRule) -> bool:
    is_free = rule.ride_start_allowed and rule.ride_end_allowed and rule.ride_through_allowed
    return not is_free or rule.maximum_speed_kph is not None


def _make_surroundings(features: list[Json], global_rules: list[ZoneRule]) -> Json:
    areas = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    west, south, east, north = shapely.total_bounds(areas)
    margin = SURROUNDINGS_DEGREES
    box = shapely.box(
        max(west - margin, -180), max(south - margin, -90), min(east + margin, 180),
        min(north + margin, 90),
    )  # fmt: skip
    return {
        "type": "Feature",
        "geometry": shapely.geometry.mapping(shapely.MultiPolygon([box])),
        "properties": {"rules": [_rewrite_rule(rule) for rule in global_rules]},
    }


#: Files that differ by more than texts and the time. Any: each function knows its class.
_REWRITTEN: dict[str, Callable[[Any], Json]] = {
    "gbfs": _rewrite_feeds,
    "system_information": _rewrite_system_information,
    "free_bike_status": _rewrite_vehicles,
    "geofencing_zones": _rewrite_zones,
    "system_alerts": _rewrite_alerts,
    "system_pricing_plans": _rewrite_plans,
    "vehicle_types": _rewrite_types,
}
