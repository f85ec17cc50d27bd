"""Trips of another operator, from a file of open data, in our own terms.

The columns are those of Louisville's Dockless Open Data, which other cities publish too. Times are
the city's and binned to 15 minutes, so how long a trip took is in TripDuration, whole minutes.
TripDistance is in miles: taken as kilometres, most trips would be shorter than the straight line.
Source: github.com/louisvillemetro-innovation/Dockless-Open-Data
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import product
from pathlib import Path

from webapp.errors import DomainError
from webapp.fleet.gbfs import shown
from webapp.fleet.services.places import MAX_CITY_DISTANCE_M
from webapp.regions.geography import Point, distance_m, is_position
from webapp.regions.models import City

COLUMNS = (
    "TripID", "StartDate", "StartTime", "EndDate", "EndTime", "TripDuration", "TripDistance",
    "StartLatitude", "StartLongitude", "EndLatitude", "EndLongitude",
)  # fmt: skip
METRES_PER_MILE = 1609.344
BIN = timedelta(minutes=15)
NUMBER = re.compile(r"\d{1,5}(\.\d+)?", re.ASCII)

Row = dict[str, str]


class TripsUnreadable(DomainError):
    """The file cannot be read; the message says why."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


class NoTrip(Exception):
    """A row that cannot have been a trip; its text says why."""


@dataclass(frozen=True)
class Trip:
    id: str
    started_at: datetime
    ended_at: datetime
    start: Point
    end: Point
    distance_m: int


@dataclass
class Log:
    """What a file has: its trips in the order in which they began, and how many rows were none, by
    reason. ``digest`` is another for each content."""

    digest: str
    trips: list[Trip] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def read_log(path: Path, city: City) -> Log:
    """Return the trips of a file that took place in the city; raises TripsUnreadable."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise TripsUnreadable(f"{shown(str(path))}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise TripsUnreadable(f"{shown(path.name)} is no text in UTF-8.") from None
    log, known = Log(sha256(content).hexdigest()), set[str]()
    for row in _rows(text, path.name):
        try:
            trip = _trip(row, city)
            if trip.id in known:
                raise NoTrip("its id is there twice")
        except NoTrip as reason:
            log.skipped[str(reason)] += 1
        else:
            known.add(trip.id)
            log.trips.append(trip)
    log.trips.sort(key=lambda trip: (trip.started_at, trip.id))
    return log


def _rows(text: str, name: str) -> Iterator[Row]:
    reader = csv.DictReader(text.splitlines(), restval="")
    try:
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise TripsUnreadable(f"{shown(name)} has no column {', '.join(missing)}.")
        yield from reader
    except csv.Error as error:
        raise TripsUnreadable(f"{shown(name)}, line {reader.line_num}: {error}.") from None


def _trip(row: Row, city: City) -> Trip:
    """Raises NoTrip."""
    id_ = row["TripID"].strip()
    if not id_:
        raise NoTrip("it has no id")
    start, end = (_point(row, side, city) for side in ("Start", "End"))
    metres = round(_number(row["TripDistance"], "distance") * METRES_PER_MILE)
    return Trip(id_, *_span(row, city), start, end, metres)


def _point(row: Row, side: str, city: City) -> Point:
    try:
        point = Point(float(row[f"{side}Latitude"]), float(row[f"{side}Longitude"]))
    except ValueError:
        raise NoTrip("a position is no number") from None
    if not is_position(*point) or distance_m(point, city.centre) > MAX_CITY_DISTANCE_M:
        raise NoTrip(f"a position is more than {MAX_CITY_DISTANCE_M // 1000} km from {city.label}")
    return point


def _number(text: str, what: str) -> float:
    if not NUMBER.fullmatch(text.strip()):
        raise NoTrip(f"its {what} is no number")
    return float(text)


def _span(row: Row, city: City) -> tuple[datetime, datetime]:
    """Return when the trip began and ended: its first time, and so long after that as it took."""
    length = timedelta(minutes=_number(row["TripDuration"], "duration"))
    starts, ends = (_moments(row, side, city) for side in ("Start", "End"))
    if max(ends) < min(starts):
        raise NoTrip("it ends before it begins")
    for start, end in product(starts, ends):
        if abs(end - start - length) <= BIN:
            return start, start + length
    raise NoTrip("it lasts longer or shorter than its times say")


def _moments(row: Row, side: str, city: City) -> list[datetime]:
    """Return which moments a local time may be: two when the clocks are put back."""
    try:
        local = datetime.fromisoformat(f"{row[f'{side}Date']}T{row[f'{side}Time']}")
        both = {local.replace(tzinfo=city.zone, fold=n).astimezone(UTC) for n in (0, 1)}
    except (ValueError, OverflowError):
        raise NoTrip("a time is none") from None
    real = [each for each in both if each.astimezone(city.zone).replace(tzinfo=None) == local]
    if not real:
        raise NoTrip("a time was left out when the clocks were put forward")
    return sorted(real)
