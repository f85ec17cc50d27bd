"""What the files of GBFS are, to say which one to give instead of another."""

from webapp.web.credentials import hide_secrets

#: The file with the vehicles: its name since 3.0, and before.
VEHICLE_FILES = ("vehicle_status", "free_bike_status")
#: The list in it: its name since 3.0, and before.
VEHICLE_LISTS = ("vehicles", "bikes")

#: What a file is that has a certain name in ``data``, and what to give to which command instead.
OTHER_FILES = {
    "datasets": "is a manifest, a list of feeds",
    "versions": "is gbfs_versions.json, a list of versions of one feed",
    "system_id": "is system_information.json, which has no vehicles",
    "vehicle_types": "is vehicle_types.json, which has no vehicles",
    "stations": "is station_information.json or station_status.json, which have no vehicles",
    "plans": "is system_pricing_plans.json; publish it with 'flask plans publish'",
    "geofencing_zones": "is geofencing_zones.json; import it with 'flask zones import'",
    "regions": "is system_regions.json, which has no vehicles",
    "alerts": "is system_alerts.json, which has no vehicles",
    "rental_hours": "is system_hours.json, which has no vehicles",
    "calendars": "is system_calendar.json, which has no vehicles",
}
INSTEAD = (
    "give the feed's gbfs.json, its folder, or its vehicle_status.json (free_bike_status.json)"
)
#: How many feeds of a manifest a message names.
MAX_NAMED_FEEDS = 10

_NAMES = (
    "gbfs", "gbfs_versions", "manifest", "system_information", "vehicle_types", *VEHICLE_FILES,
    "station_information", "station_status", "system_regions", "system_pricing_plans",
    "system_alerts", "system_hours", "system_calendar", "geofencing_zones",
)  # fmt: skip
#: Values in the query of a URL that name a file and are no secret.
SHOWN_VALUES = frozenset([*_NAMES, *(f"{name}.json" for name in _NAMES)])


def describe_other_file(data: dict[str, object]) -> str | None:
    """Return what a file without vehicles is, and what to give instead; None: it is unknown."""
    key = next((key for key in OTHER_FILES if key in data), None)
    if key is None:
        return None
    if key in ("datasets", "versions"):
        feeds = _list_feeds(data[key], "")
        if feeds:
            more = f", and {len(feeds) - MAX_NAMED_FEEDS} more" if feeds[MAX_NAMED_FEEDS:] else ""
            return f"{OTHER_FILES[key]}: give one of {', '.join(feeds[:MAX_NAMED_FEEDS])}{more}"
        return f"{OTHER_FILES[key]}, and names none"
    return (
        OTHER_FILES[key]
        if key in ("plans", "geofencing_zones")
        else f"{OTHER_FILES[key]}; {INSTEAD}"
    )


def _list_feeds(listed: object, system: str) -> list[str]:
    """Return the feeds of a manifest or of gbfs_versions.json: system, version and URL."""
    feeds: list[str] = []
    for entry in listed if isinstance(listed, list) else []:
        if not isinstance(entry, dict):
            continue
        if isinstance(url := entry.get("url"), str):
            version = entry.get("version")
            name = " ".join(filter(None, [system, version if isinstance(version, str) else ""]))
            shown_url = hide_secrets(url, keys_only=True)
            feeds.append(f"{shown_url} ({name})" if name else shown_url)
        system_id = entry.get("system_id")
        feeds += _list_feeds(entry.get("versions"), system_id if isinstance(system_id, str) else "")
    return feeds
