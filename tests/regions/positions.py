"""Positions anywhere on the earth, for generated tests."""

import math

from hypothesis import strategies as st

from webapp.regions.geography import EARTH_RADIUS_M, Point

POINTS = st.builds(
    Point,
    st.floats(-90, 90) | st.floats(89.5, 90) | st.floats(-90, -89.5),
    st.floats(-180, 180) | st.floats(179.9, 180) | st.floats(-180, -179.9),
)


def move_point(origin: Point, bearing: float, metres: float) -> Point:
    """Return the point at a distance and a bearing (radians) from ``origin``."""
    arc, lat, lon = metres / EARTH_RADIUS_M, math.radians(origin.lat), math.radians(origin.lon)
    north = math.sin(lat) * math.cos(arc) + math.cos(lat) * math.sin(arc) * math.cos(bearing)
    latitude = math.asin(max(-1.0, min(1.0, north)))
    turned = math.atan2(
        math.sin(bearing) * math.sin(arc) * math.cos(lat),
        math.cos(arc) - math.sin(lat) * math.sin(latitude),
    )
    return Point(math.degrees(latitude), (math.degrees(lon + turned) + 540) % 360 - 180)
