"""Counting the rides of a month by cell, and what of it may be shown."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import NamedTuple, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from webapp.numbers.day_suppression import MIN_RIDES_SHOWN
from webapp.numbers.enums import ALL_TYPES
from webapp.numbers.places.cells import find_cell

#: How many pairs of cells are kept of each type, and of all types: the most frequent ones.
MAX_FLOWS = 100
T = TypeVar("T", bound=Hashable)


class RidePlaces(NamedTuple):
    """Where a ride started and ended; NULL: not known."""

    ended_at: datetime
    id: UUID
    form_factor: str
    start_lat: float | None
    start_lon: float | None
    end_lat: float | None
    end_lon: float | None


@dataclass(frozen=True)
class PlaceCounts:
    """Rides by type, and cell or pair of cells."""

    starts: Counter[tuple[str, int]] = field(default_factory=Counter)
    ends: Counter[tuple[str, int]] = field(default_factory=Counter)
    flows: Counter[tuple[str, tuple[int, int]]] = field(default_factory=Counter)

    def add(self, form_factor: str, start: int | None, end: int | None) -> None:
        """Count a ride. start, end: its cells; None: not known."""
        if start is not None:
            self.starts[form_factor, start] += 1
        if end is not None:
            self.ends[form_factor, end] += 1
        if start is not None and end is not None:
            self.flows[form_factor, (start, end)] += 1


class MonthCounts(NamedTuple):
    """The rides of a month."""

    all: PlaceCounts
    #: Without days on which vehicles of a type had few rides. They are left out of the overview of
    #: those who may not see persons: with them in the sums of cells, they could be computed.
    without_few: PlaceCounts


def count_rides(rides: Iterable[RidePlaces], zone: ZoneInfo) -> MonthCounts:
    """Count rides, which are in the order of their ends. zone: of the city, whose days they are."""
    counts = MonthCounts(PlaceCounts(), PlaceCounts())
    for _, of_day in groupby(rides, lambda ride: ride.ended_at.astimezone(zone).date()):
        by_type: dict[str, list[RidePlaces]] = {}
        for ride in of_day:
            by_type.setdefault(ride.form_factor, []).append(ride)
        for form_factor, of_type in by_type.items():
            targets = counts if len(of_type) >= MIN_RIDES_SHOWN else counts[:1]
            for ride in of_type:
                start = find_cell(ride.start_lat, ride.start_lon)
                end = find_cell(ride.end_lat, ride.end_lon)
                for target in targets:
                    target.add(form_factor, start, end)
    return counts


def suppress_small_counts(
    counts: Mapping[tuple[str, T], int], *, hides_few: bool
) -> Counter[tuple[str, T]]:
    """Return the counts of each type and of all types.

    hides_few: what is few of a type is left out, of the sum of all types, too.
    """
    shown = Counter[tuple[str, T]]()
    for (form_factor, place), count in counts.items():
        if count >= MIN_RIDES_SHOWN or not hides_few:
            shown[form_factor, place] += count
            shown[ALL_TYPES, place] += count
    return shown


def choose_most_frequent(flows: Counter[tuple[str, T]]) -> Iterator[tuple[str, T, int]]:
    """Yield the ``MAX_FLOWS`` most frequent pairs of each type and of all types."""
    found = Counter[str]()
    for (form_factor, pair), count in sorted(flows.items(), key=lambda item: (-item[1], item[0])):
        if found[form_factor] < MAX_FLOWS:
            found[form_factor] += 1
            yield form_factor, pair, count
