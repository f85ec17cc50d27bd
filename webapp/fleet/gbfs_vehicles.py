"""Vehicles and their types as GBFS 2.0 to 3.0 tells them, one at a time, each checked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from webapp.fleet.gbfs_files import shown
from webapp.fleet.models import Vehicle
from webapp.fleet.words import FormFactor, PropulsionType, VehicleState
from webapp.geo import Point, is_position

Word = TypeVar("Word", bound=StrEnum)

#: Before 2.3 there was one word for all scooters; everybody meant those that one stands on.
FORM_FACTORS = {**{f.value: f for f in FormFactor}, "scooter": FormFactor.SCOOTER_STANDING}
PROPULSION_TYPES = {p.value: p for p in PropulsionType}
LARGEST_INT = 2**31 - 1


class Unusable(Exception):
    """One vehicle cannot be imported. Its text is the reason, the same for all of the kind."""


@dataclass(frozen=True)
class VehicleType:
    form_factor: FormFactor
    propulsion_type: PropulsionType
    brand: str = ""
    color: str = ""


HUMAN_BICYCLE = VehicleType(FormFactor.BICYCLE, PropulsionType.HUMAN)


@dataclass(frozen=True)
class VehicleTypes:
    """The types of a feed by id; in place of a type may stand the reason why there is none."""

    known: Mapping[str, VehicleType | str]
    #: For vehicles that name a type which is not known, and for those that name none.
    unknown: VehicleType | str
    unnamed: VehicleType | str

    def of(self, vehicle: Mapping[str, Any]) -> VehicleType:
        """Return the type of a vehicle; raises Unusable."""
        named = vehicle.get("vehicle_type_id")
        found = (
            self.unnamed
            if named in (None, "")
            else self.known.get(_identifier(named) or "", self.unknown)
        )
        if isinstance(found, str):
            raise Unusable(found)
        return found


#: GBFS: without vehicle_types.json all vehicles are bicycles without a motor.
ALL_BICYCLES = VehicleTypes({}, HUMAN_BICYCLE, HUMAN_BICYCLE)
#: A vehicle file that came alone: its types may well be published, only not here.
TYPES_LOST = VehicleTypes(
    {},
    "names a vehicle_type_id, and vehicle_types.json is missing beside the vehicle file",
    HUMAN_BICYCLE,
)


def read_types(listed: Sequence[Any]) -> VehicleTypes:
    """Return the types of ``vehicle_types.json``."""
    known: dict[str, VehicleType | str] = {}
    for entry in listed:
        if isinstance(entry, dict) and (id_ := _identifier(entry.get("vehicle_type_id"))):
            known.setdefault(id_, _read_type(entry))
    return VehicleTypes(
        known,
        "names a vehicle_type_id that vehicle_types.json does not have",
        "names no vehicle_type_id, though the feed has vehicle_types.json",
    )


def _read_type(entry: Mapping[str, Any]) -> VehicleType | str:
    form_factor = _word(entry.get("form_factor"), FORM_FACTORS)
    propulsion_type = _word(entry.get("propulsion_type"), PROPULSION_TYPES)
    if not form_factor:
        return "is of a type whose form_factor GBFS does not know"
    if not propulsion_type:
        return "is of a type whose propulsion_type GBFS does not know"
    brand = _words(entry.get("make")) or _words(entry.get("name"))
    return VehicleType(
        form_factor, propulsion_type, fit("brand", brand), fit("color", _words(entry.get("color")))
    )


@dataclass(frozen=True)
class FeedVehicle:
    """A vehicle that can be imported."""

    id: str
    type: VehicleType
    point: Point
    state: VehicleState
    range_m: int | None


def read_vehicles(
    listed: Sequence[Any], types: VehicleTypes
) -> tuple[list[FeedVehicle], dict[str, list[str]]]:
    """Return the vehicles to import, each id once, and the ids of the others by reason."""
    found: dict[str, FeedVehicle] = {}
    skipped: dict[str, list[str]] = defaultdict(list)
    for number, entry in enumerate(listed, 1):
        try:
            vehicle = read_vehicle(entry, types)
            if vehicle.id in found:
                raise Unusable("has an id that stands earlier in the feed")
            found[vehicle.id] = vehicle
        except Unusable as reason:
            skipped[str(reason)].append(_label(entry, number))
    return list(found.values()), dict(skipped)


def read_vehicle(entry: Any, types: VehicleTypes) -> FeedVehicle:
    """Return one entry of ``vehicles`` or ``bikes``; raises Unusable.

    ``is_reserved`` is left out on purpose: somebody reserved with the other system, and that
    reservation binds nobody here, nor would anything here ever end it.
    """
    if not isinstance(entry, dict):
        raise Unusable("is not an object")
    return FeedVehicle(
        _vehicle_id(entry), types.of(entry), _point(entry), _state(entry), _range_m(entry)
    )


def fit(column: str, text: str) -> str:
    """Return ``text`` as the column can hold it."""
    storable = text.replace("\0", "").encode(errors="ignore").decode()
    length: int = Vehicle.__table__.c[column].type.length  # type: ignore[attr-defined]
    return " ".join(storable.split())[:length].rstrip()


def _raw_id(entry: Mapping[str, Any]) -> Any:
    id_ = entry.get("vehicle_id")
    return entry.get("bike_id") if id_ is None else id_


def _vehicle_id(entry: Mapping[str, Any]) -> str:
    raw = _raw_id(entry)
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        raise Unusable("has no id")
    id_ = _identifier(raw)
    if id_ is None:
        raise Unusable("has an id that is not text")
    if len(id_) > 120:
        raise Unusable("has an id of more than 120 characters")
    if not _is_storable(id_):
        raise Unusable("has an id with characters that are no text")
    return id_


def _point(entry: Mapping[str, Any]) -> Point:
    lat, lon = entry.get("lat"), entry.get("lon")
    if lat is None and lon is None and entry.get("station_id") is not None:
        raise Unusable("stands at a station, without a position")
    if lat is None or lon is None:
        raise Unusable("has no lat or no lon")
    if not (_is_number(lat) and _is_number(lon)):
        raise Unusable("has a lat or lon that is not a number")
    if not is_position(lat, lon):
        raise Unusable("has a lat or lon outside the earth")
    if lat == 0 and lon == 0:  # what a tracker without reception sends
        raise Unusable("has the position 0, 0")
    return Point(float(lat), float(lon))


def _state(entry: Mapping[str, Any]) -> VehicleState:
    disabled = entry.get("is_disabled") or False
    if disabled not in (False, True):  # GBFS 1 wrote 0 and 1, which Python takes for the same
        raise Unusable("has an is_disabled that is neither true nor false")
    return VehicleState.NON_OPERATIONAL if disabled else VehicleState.AVAILABLE


def _range_m(entry: Mapping[str, Any]) -> int | None:
    metres = entry.get("current_range_meters")
    return int(metres) if _is_number(metres) and 0 <= metres <= LARGEST_INT else None


def _identifier(value: Any) -> str | None:
    """Return an id as text; numbers are common, although GBFS wants strings."""
    return str(value) if isinstance(value, str) or type(value) is int else None


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)  # bool is an int to Python


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _word(value: Any, words: Mapping[str, Word]) -> Word | None:
    return words.get(value) if isinstance(value, str) else None


def _words(value: Any) -> str:
    """Return plain text (2.x), or the English, else the first of localized texts (3.0)."""
    if isinstance(value, list):
        texts = [text for text in value if isinstance(text, dict)]
        english = [t for t in texts if str(t.get("language")).lower().split("-")[0] == "en"]
        value = next((text.get("text") for text in english or texts), None)
    return value if isinstance(value, str) else ""


def _label(entry: Any, number: int) -> str:
    """Return what the report calls a vehicle: its id, else its place in the file."""
    id_ = _identifier(_raw_id(entry)) if isinstance(entry, dict) else None
    return shown(id_ if len(id_) <= 60 else id_[:57] + "...") if id_ else f"no. {number}"
