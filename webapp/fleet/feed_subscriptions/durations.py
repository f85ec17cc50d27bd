"""Durations as people type them: ``90s``, ``5m``, ``1h``, ``1h 30m``."""

import re
from typing import Any

import click

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600}
_DURATION = re.compile(r"(?:\d{1,6}\s*[smhd]\s*)+", re.ASCII | re.IGNORECASE)
_PART = re.compile(r"(\d+)\s*([smhd])", re.ASCII | re.IGNORECASE)


def parse_duration_s(text: str) -> int:
    """Return the seconds of a duration; raises ValueError."""
    if not _DURATION.fullmatch(text.strip()):
        raise ValueError(text)
    return sum(int(number) * _UNITS_S[unit.lower()] for number, unit in _PART.findall(text))


def format_duration_s(seconds: int) -> str:
    """Return a duration as ``parse_duration_s`` reads it: ``5m``, ``1h 30m``."""
    parts = []
    for unit, unit_s in sorted(_UNITS_S.items(), key=lambda item: -item[1]):
        number, seconds = divmod(seconds, unit_s)
        if number:
            parts.append(f"{number}{unit}")
    return " ".join(parts) or "0s"


class Duration(click.ParamType):
    """An option whose value is a duration; in seconds."""

    name = "duration"

    def __init__(self, shortest_s: int, longest_s: int) -> None:
        self.shortest_s = shortest_s
        self.longest_s = longest_s

    # Any: what click passes on.
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            seconds = value if isinstance(value, int) else parse_duration_s(value)
        except ValueError:
            self.fail("it must be like 90s, 5m or 1h", param, ctx)
        if not self.shortest_s <= seconds <= self.longest_s:
            shortest, longest = map(format_duration_s, (self.shortest_s, self.longest_s))
            self.fail(f"it must be from {shortest} to {longest}", param, ctx)
        return seconds
