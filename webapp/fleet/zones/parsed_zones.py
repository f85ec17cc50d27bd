"""What a file of zones contains, after it was read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shapely import MultiPolygon

from webapp.cli import show_text
from webapp.fleet.zones.classification import read_name, read_name_labels
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.feed_types import ListedType
from webapp.fleet.zones.zone_rules import Rule

#: How many features a note names.
MAX_EXAMPLES = 3


@dataclass(frozen=True)
class ParsedZone:
    """One zone of a file: ``name`` is '' where the file has none, ``area`` in lon and lat.

    rules: None: what the kind says.
    labels: its names by language, where they differ from ``name``.
    """

    kind: ZoneKind
    name: str
    max_speed_kph: int | None
    area: MultiPolygon
    rules: tuple[Rule, ...] | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FeedRules:
    """What a feed says beside its zones.

    rules: those of the city outside of its zones.
    vehicle_types: those that the feed lists; None: the feed does not say.
    """

    rules: tuple[Rule, ...] = ()
    vehicle_types: tuple[ListedType, ...] | None = None


@dataclass
class ZoneFile:
    """The zones of a file, and the names of features that were repaired or skipped, by reason.

    feed_rules: None: the file is not of a feed, or its rules are not used.
    """

    source: str
    zones: list[ParsedZone] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)
    feed_rules: FeedRules | None = None
    #: Of all polygons that were read.
    vertices: int = 0

    def format_notes(self) -> Iterator[str]:
        """Yield a line for each reason."""
        for reason, names in self.notes.items():
            examples = ", ".join(map(show_text, names[:MAX_EXAMPLES]))
            more = ", ..." if len(names) > MAX_EXAMPLES else ""
            yield f"{len(names)} {reason} ({examples}{more})"

    def add_note(self, reason: str, feature_name: str) -> None:
        self.notes.setdefault(reason, []).append(feature_name)


@dataclass(frozen=True)
class Feature:
    """A GeoJSON feature, with the name of its zone in messages."""

    content: object
    number: int

    @property
    def properties(self) -> dict[str, object]:
        properties = self.content.get("properties") if isinstance(self.content, dict) else None
        return properties if isinstance(properties, dict) else {}

    @property
    def name(self) -> str:
        return read_name(self.properties)

    @property
    def labels(self) -> dict[str, str]:
        return read_name_labels(self.properties)

    @property
    def title(self) -> str:
        return self.name or f"feature {self.number}"
