"""Trips of other operators, read from a file of open data.

The columns are those of Louisville's Dockless Open Data, which other cities publish too. Times are
local and rounded to 15 minutes; the duration is in TripDuration, whole minutes. TripDistance is in
miles: as kilometres, most trips would be shorter than the straight line.
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

from webapp.cli import show_text
from webapp.errors import DomainError
from webapp.fleet.services.places import MAX_CITY_DISTANCE, MAX_CITY_DISTANCE_M
from webapp.regions.geography import Point, distance_m, is_position
from webapp.regions.labels import city_label
from webapp.regions.models import City

COLUMNS = (
    "TripID", "StartDate", "StartTime", "EndDate", "EndTime", "TripDuration", "TripDistance",
    "StartLatitude", "StartLongitude", "EndLatitude", "EndLongitude",
)  # fmt: skip
METRES_PER_MILE = 1609.344
#: To this the times of a file are rounded.
ROUNDED_TO = timedelta(minutes=15)
NUMBER_PATTERN = re.compile(r"\d{1,5}(\.\d+)?", re.ASCII)

Row = dict[str, str]


class TripFileUnreadable(DomainError):
    """The message says why."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


class InvalidTrip(Exception):
    """A row cannot have been a trip; the text says why."""


@dataclass(frozen=True)
class Trip:
    id: str
    started_at: datetime
    ended_at: datetime
    start: Point
    end: Point
    distance_m: int


@dataclass
class TripFile:
    """The contents of a file."""

    #: SHA-256 of the file, hexadecimal.
    digest: str
    #: In the order of their starts.
    trips: list[Trip] = field(default_factory=list)
    #: How many rows were no trip, by reason.
    skipped: Counter[str] = field(default_factory=Counter)


def read_trip_file(path: Path, city: City) -> TripFile:
    """Return the trips of a file that took place in the city. Raises TripFileUnreadable."""
    content, text = _read(path)
    trip_file, ids = TripFile(sha256(content).hexdigest()), set[str]()
    for row in _read_rows(text, path.name):
        try:
            trip = _parse_trip(row, city)
            if trip.id in ids:
                raise InvalidTrip("its id is there twice")
        except InvalidTrip as reason:
            trip_file.skipped[str(reason)] += 1
        else:
            ids.add(trip.id)
            trip_file.trips.append(trip)
    trip_file.trips.sort(key=lambda trip: (trip.started_at, trip.id))
    return trip_file


def _read(path: Path) -> tuple[bytes, str]:
    try:
        content = path.read_bytes()
        return content, content.decode("utf-8-sig")
    except OSError as error:
        raise TripFileUnreadable(f"{show_text(str(path))}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise TripFileUnreadable(f"{show_text(path.name)} is no text in UTF-8.") from None


def _read_rows(text: str, name: str) -> Iterator[Row]:
    reader = csv.DictReader(text.splitlines(), restval="")
    try:
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise TripFileUnreadable(f"{show_text(name)} has no column {', '.join(missing)}.")
        yield from reader
    except csv.Error as error:
        raise TripFileUnreadable(f"{show_text(name)}, line {reader.line_num}: {error}.") from None


def _parse_trip(row: Row, city: City) -> Trip:
    id_ = row["TripID"].strip()
    if not id_:
        raise InvalidTrip("it has no id")
    start, end = (_parse_point(row, side, city) for side in ("Start", "End"))
    metres = round(_parse_number(row["TripDistance"], "distance") * METRES_PER_MILE)
    return Trip(id_, *_parse_times(row, city), start, end, metres)


def _parse_point(row: Row, side: str, city: City) -> Point:
    try:
        point = Point(float(row[f"{side}Latitude"]), float(row[f"{side}Longitude"]))
    except ValueError:
        raise InvalidTrip("a position is no number") from None
    if not is_position(*point) or distance_m(point, city.centre) > MAX_CITY_DISTANCE_M:
        raise InvalidTrip(f"a position is more than {MAX_CITY_DISTANCE} from {city_label(city)}")
    return point


def _parse_number(text: str, name: str) -> float:
    if not NUMBER_PATTERN.fullmatch(text.strip()):
        raise InvalidTrip(f"its {name} is no number")
    return float(text)


def _parse_times(row: Row, city: City) -> tuple[datetime, datetime]:
    """Return the start of the trip, and its end by the duration; the end in the file is only used
    to check it, and to choose between two starts when the clocks are put back."""
    duration = timedelta(minutes=_parse_number(row["TripDuration"], "duration"))
    starts, ends = (_list_possible_times(row, side, city) for side in ("Start", "End"))
    if max(ends) < min(starts):
        raise InvalidTrip("it ends before it begins")
    for start, end in product(starts, ends):
        if abs(end - start - duration) <= ROUNDED_TO:
            return start, start + duration
    raise InvalidTrip("it lasts longer or shorter than its times say")


def _list_possible_times(row: Row, side: str, city: City) -> list[datetime]:
    """Return the moments that a local time may be: two in the hour after the clocks were put
    back."""
    try:
        local = datetime.fromisoformat(f"{row[f'{side}Date']}T{row[f'{side}Time']}")
        both = {local.replace(tzinfo=city.zone, fold=n).astimezone(UTC) for n in (0, 1)}
    except (ValueError, OverflowError):
        raise InvalidTrip("a time is none") from None
    real = [each for each in both if each.astimezone(city.zone).replace(tzinfo=None) == local]
    if not real:
        raise InvalidTrip("a time was left out when the clocks were put forward")
    return sorted(real)
