"""Distances, speeds and areas as people read them: the only place that formats them.

Everywhere else a distance is an integer of metres, and a speed one of km/h. What staff type in is
in the unit that its field names: see webapp/road_units.py.
"""

from babel.numbers import format_decimal

from webapp.regions.geography import estimate_walking_minutes
from webapp.translations import lazy_gettext as _l
from webapp.translations import ngettext, request_language, request_units

METRES_PER_MILE, METRES_PER_FOOT = 1609.344, 0.3048
SQUARE_M_PER_SQUARE_MILE, SQUARE_M_PER_SQUARE_FOOT = METRES_PER_MILE**2, METRES_PER_FOOT**2
#: Shorter distances are metres, or feet.
SHORT_M, SHORT_FEET = 950, 1000
#: Farther away nobody walks, metres.
MAX_WALK_M = 5_000

METRES, KM = _l("%(n)s m"), _l("%(n)s km")
FEET, MILES = _l("%(n)s ft"), _l("%(n)s mi")
KPH, MPH = _l("%(n)s km/h"), _l("%(n)s mph")
SQUARE_M, SQUARE_KM = _l("%(n)s m²"), _l("%(n)s km²")
SQUARE_FEET, SQUARE_MILES = _l("%(n)s sq ft"), _l("%(n)s sq mi")


def format_distance(metres: int) -> str:
    """Return a distance: ``350 m``, ``1.2 km``, ``10 km``; ``800 ft``, ``0.7 mi``."""
    if not request_units().is_imperial:
        if metres < SHORT_M:
            return _format(METRES, round(metres, -1))
        return _format(KM, metres / 1000)
    feet = metres / METRES_PER_FOOT
    if feet < SHORT_FEET:
        return _format(FEET, round(feet / 10) * 10)
    return _format(MILES, metres / METRES_PER_MILE)


def format_exact_distance(metres: int, feet: float) -> str:
    """Return a short distance as it is typed: ``152 m``, ``500 ft``. feet: the same in feet."""
    if request_units().is_imperial:
        return _format(FEET, feet)
    return _format(METRES, metres)


def format_walking_distance(metres: int) -> str:
    """Return a distance and the walk it takes: ``350 m · 5 min walk``."""
    if metres > MAX_WALK_M:
        return format_distance(metres)
    walk = estimate_walking_minutes(metres)
    words = ngettext("%(num)d min walk", "%(num)d min walk", walk)
    return f"{format_distance(metres)} · {words}"


def format_range(metres: int) -> str:
    """Return how far a vehicle goes, rounded down: ``23 km``, ``14 mi``."""
    if request_units().is_imperial:
        return _format(MILES, int(metres / METRES_PER_MILE))
    return _format(KM, metres // 1000)


def format_speed(kph: int) -> str:
    """Return a speed: ``25 km/h``, ``16 mph``."""
    return _format(MPH if request_units().is_imperial else KPH, convert_speed(kph) or 0)


def convert_speed(kph: int | None) -> int | None:
    """Return the bare number of a speed, for signs on maps."""
    if kph is None or not request_units().is_imperial:
        return kph
    return round(kph * 1000 / METRES_PER_MILE)


def format_area(square_km: float) -> str:
    """Return the size of an area with a useful number of digits: ``157 km²``, ``1.25 km²``,
    ``90 m²``; ``0.48 sq mi``."""
    square_m = square_km * 1e6
    if square_km < 0.01:
        if request_units().is_imperial:
            return _format(SQUARE_FEET, round(square_m / SQUARE_M_PER_SQUARE_FOOT))
        return _format(SQUARE_M, round(square_m))
    if request_units().is_imperial:
        return _format_large(SQUARE_MILES, square_m / SQUARE_M_PER_SQUARE_MILE)
    return _format_large(SQUARE_KM, square_km)


def _format_large(pattern: object, number: float) -> str:
    return _format(pattern, number, "#,##0" if number >= 10 else "#,##0.00")


def _format(pattern: object, number: float, digits: str = "#,##0.#") -> str:
    text = format_decimal(number, digits, locale=request_language().locale)
    return str(pattern) % {"n": text}


def describe_units() -> dict[str, object]:
    """Return what static/js/units.js needs to write distances and areas as these functions do: the
    texts of units, and how many metres and square metres they are."""
    if request_units().is_imperial:
        texts = {"short": FEET, "long": MILES, "small": SQUARE_FEET, "large": SQUARE_MILES}
        sizes = {
            "short_m": METRES_PER_FOOT,
            "long_m": METRES_PER_MILE,
            "small_m2": SQUARE_M_PER_SQUARE_FOOT,
            "large_m2": SQUARE_M_PER_SQUARE_MILE,
            "long_from_m": SHORT_FEET * METRES_PER_FOOT,
        }
    else:
        texts = {"short": METRES, "long": KM, "small": SQUARE_M, "large": SQUARE_KM}
        sizes = {
            "short_m": 1,
            "long_m": 1000,
            "small_m2": 1,
            "large_m2": 1_000_000,
            "long_from_m": SHORT_M,
        }
    return {**{name: str(text) for name, text in texts.items()}, **sizes}
