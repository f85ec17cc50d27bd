"""What the map says while somebody draws a zone."""

from webapp.fleet.zones.drawn_areas import (
    NOT_GEOJSON,
    PROBLEMS,
    describe_distance,
    describe_points_limit,
    describe_smallest_part,
)
from webapp.regions.models import City
from webapp.translations import gettext as _


def list_editor_texts(city: City) -> dict[str, str]:
    """Return the texts of static/js/zone_editor.js by name: hints, and the names of problems."""
    texts = {
        "empty": _("Choose “Draw a part”, then tap each corner on the map."),
        "drawing": _("Tap the corners one after the other, then the first one again."),
        "drawing_hole": _("Tap the corners of the hole, then the first one again."),
        "size": _("{size}, {n} points. Drag points to move them."),
        "zoom": _("Zoom in to move points."),
        "point": _("Point: drag it, or move it with the arrow keys"),
        "middle": _("Add a point here"),
        "text": NOT_GEOJSON,
        "few": PROBLEMS["Too few points"],
        "crossing": PROBLEMS["Self-intersection"],
        "hole": PROBLEMS["Hole lies outside shell"],
        "nested": PROBLEMS["Holes are nested"],
        "overlap": PROBLEMS["Nested shells"],
        "small": describe_smallest_part(),
        "points": describe_points_limit(),
        "far": describe_distance(city),
    }
    return {name: str(text) for name, text in texts.items()}
