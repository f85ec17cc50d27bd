"""Drawn areas, with what is said about each: one table for the server and for the browser.

drawn_areas.json: ``parts`` are rings of degrees east and north of the centre of New York, ``words``
are the first ones of what both say, empty where they accept it. ``browser``: what only the browser
says, where it knows less than the server.
"""

import json
from pathlib import Path
from typing import NamedTuple

from tests.fleet.zones.zone_files import NEW_YORK


class DrawnArea(NamedTuple):
    """A case. text: GeoJSON, as the field of the form has it."""

    name: str
    text: str
    words: str
    browser_words: str


def read_drawn_areas() -> list[DrawnArea]:
    """Return the cases."""
    cases = json.loads(Path(__file__).with_name("drawn_areas.json").read_text())
    return [
        DrawnArea(
            case["name"],
            _make_text(case["parts"]),
            case["words"],
            case.get("browser", case["words"]),
        )
        for case in cases
    ]


def _make_text(parts: list[list[list[list[float]]]]) -> str:
    """Return GeoJSON, whose rings are closed."""
    coordinates = [
        [
            [[NEW_YORK.lon + east, NEW_YORK.lat + north] for east, north in [*ring, ring[0]]]
            for ring in part
        ]
        for part in parts
    ]
    return json.dumps({"type": "MultiPolygon", "coordinates": coordinates})
