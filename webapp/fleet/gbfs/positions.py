"""Positions in the files of a feed, as they stand there: they may be no position at all."""

from collections.abc import Mapping
from math import isfinite
from typing import NamedTuple, TypeGuard, cast


class Position(NamedTuple):
    """What a feed gives as ``lat`` and ``lon``: two numbers, which may lie outside the earth."""

    lat: float
    lon: float


def find_position(entry: Mapping[str, object]) -> Position | None:
    """Return the numbers ``lat`` and ``lon``; None without them, and for 0, 0.

    0, 0 is what a tracker without reception sends.
    """
    lat, lon = entry.get("lat"), entry.get("lon")
    if not (is_number(lat) and is_number(lon)) or (lat == 0 and lon == 0):
        return None
    return Position(float(lat), float(lon))


def is_number(value: object) -> TypeGuard[float]:
    # Not isinstance: a bool is an int.
    return type(value) in (int, float) and isfinite(cast(float, value))
