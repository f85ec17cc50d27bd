"""Zones as a file has them: GeoJSON, or the ``geofencing_zones`` of a GBFS feed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import shapely

from webapp.errors import DomainError
from webapp.fleet.gbfs.documents import load, shown
from webapp.fleet.zones.classification import NoZone, name_of, zoning_of
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.geofencing import Rules, rules_of
from webapp.fleet.zones.geometry import Misdrawn, check_place, mended, outline
from webapp.regions.models import City

#: A file is one transaction with one statement that adds, which has to fit.
MAX_BYTES = 8_000_000
MAX_ZONES = 2_000
#: Of all outlines of a file: each is mended, and laid upon the others.
MAX_CORNERS = 100_000
#: How many features a note names.
EXAMPLES = 3


class ZonesUnreadable(DomainError):
    """The file cannot be taken in; the message says where, and why."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


@dataclass(frozen=True)
class Drawing:
    """One zone of a file: ``name`` is '' where the file has none, ``area`` in lon and lat."""

    kind: ZoneKind
    name: str
    max_speed_kph: int | None
    area: Any


@dataclass
class Sheet:
    """What a file has: zones, and the names of features that were mended or left out, by reason.

    in_order: earlier zones decide in overlaps, whatever they are for; so it is in GBFS.
    """

    source: str
    in_order: bool
    drawings: list[Drawing] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)
    #: Of all outlines that were read.
    corners: int = 0

    def told(self) -> Iterator[str]:
        """Give a line for each reason."""
        for reason, names in self.notes.items():
            more = ", ..." if len(names) > EXAMPLES else ""
            yield f"{len(names)} {reason} ({', '.join(map(shown, names[:EXAMPLES]))}{more})"


def read_sheet(path: Path, city: City, kind: ZoneKind | None = None) -> Sheet:
    """Return the zones of a file.

    kind: what they are for, whatever the file says.
    Raises ZonesUnreadable, and FeedUnreadable where there is no JSON file at all.
    """
    where = shown(path.name)
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise ZonesUnreadable(f"{where} is larger than {MAX_BYTES // 1_000_000} MB.")
    content = load(path).content
    rules = rules_of(content)
    features = _features(rules.collection if rules else content)
    if len(features) > MAX_ZONES:
        raise ZonesUnreadable(f"{where} has more than {MAX_ZONES} features.")
    if not features:
        raise ZonesUnreadable(f"{where} is no GeoJSON with a list of features.")
    sheet = Sheet(path.name, in_order=rules is not None)
    for number, feature in enumerate(features, 1):
        _add(sheet, feature, number, city, kind, rules)
    if not sheet.drawings:
        raise ZonesUnreadable(f"{where} has no zone to take in: {'; '.join(sheet.told())}.")
    return sheet


def _features(content: Any) -> list[Any]:
    match content:
        case {"type": "FeatureCollection", "features": [*features]}:
            return features
        case {"type": "Feature"}:
            return [content]
        case {"type": str(), "coordinates": [*_]}:
            return [{"geometry": content}]
    return []


def _add(
    sheet: Sheet, feature: Any, number: int, city: City, kind: ZoneKind | None, rules: Rules | None
) -> None:
    told = feature.get("properties") if isinstance(feature, dict) else None
    properties = told if isinstance(told, dict) else {}
    name = name_of(properties)
    who = name or f"feature {number}"
    try:
        drawn = outline(feature)
        _count_corners(sheet, drawn)
        check_place(drawn, city)
        zoning = rules.zoning(properties) if rules else zoning_of(properties)
        area = mended(drawn)
    except NoZone as reason:
        sheet.notes.setdefault(f"skipped: {reason}", []).append(who)
        return
    except Misdrawn as problem:
        raise ZonesUnreadable(f"{shown(sheet.source)}: {shown(who)} {problem}.") from None
    if not drawn.is_valid:
        sheet.notes.setdefault("mended: the outline crosses itself", []).append(who)
    found = kind or zoning.kind or _unsaid(sheet, who)
    sheet.drawings.append(Drawing(found, name, zoning.max_speed_kph, area))


def _count_corners(sheet: Sheet, drawn: Any) -> None:
    """Stop before the work becomes too much."""
    sheet.corners += int(shapely.get_num_coordinates(drawn))
    if sheet.corners > MAX_CORNERS:
        raise ZonesUnreadable(
            f"The outlines in {shown(sheet.source)} have more than {MAX_CORNERS:,} corners:"
            " draw them with fewer."
        )


def _unsaid(sheet: Sheet, who: str) -> NoReturn:
    raise ZonesUnreadable(
        f"{shown(sheet.source)} does not say what {shown(who)} is for:"
        f" add --kind with one of {', '.join(ZoneKind)}."
    )
