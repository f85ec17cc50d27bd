"""Reading vehicle types, ids and texts of GBFS 2.0 to 3.0."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import TypeVar

from webapp.fleet.enums import FormFactor, PropulsionType
from webapp.fleet.models import Vehicle

#: Hexadecimal digits in place of the end of an identifier that is too long.
HASH_LENGTH = 16

Word = TypeVar("Word", bound=StrEnum)

#: Before 2.3 there was one value for all scooters; feeds mean standing scooters.
FORM_FACTORS = {**{f.value: f for f in FormFactor}, "scooter": FormFactor.SCOOTER_STANDING}
PROPULSION_TYPES = {p.value: p for p in PropulsionType}


class VehicleUnusable(Exception):
    """A vehicle cannot be imported. The text is the reason, without values of the vehicle."""


@dataclass(frozen=True)
class FeedVehicleType:
    """A vehicle type as a feed describes it."""

    form_factor: FormFactor
    propulsion_type: PropulsionType
    brand: str = ""
    color: str = ""


HUMAN_BICYCLE = FeedVehicleType(FormFactor.BICYCLE, PropulsionType.HUMAN)


@dataclass(frozen=True)
class VehicleTypes:
    """The types of a feed by id. Instead of a type there may be the reason why it is unusable."""

    by_id: Mapping[str, FeedVehicleType | str]
    #: For vehicles with another id, and for those without one.
    unknown: FeedVehicleType | str
    without_id: FeedVehicleType | str

    def find(self, vehicle: Mapping[str, object]) -> FeedVehicleType:
        """Return the type of a vehicle; raises VehicleUnusable."""
        type_id = vehicle.get("vehicle_type_id")
        vehicle_type = (
            self.without_id
            if type_id in (None, "")
            else self.by_id.get(identifier(type_id) or "", self.unknown)
        )
        if isinstance(vehicle_type, str):
            raise VehicleUnusable(vehicle_type)
        return vehicle_type

    def with_default(self, default: FeedVehicleType) -> "VehicleTypes":
        """Return these types, with a default for vehicles whose type the feed does not state."""
        return replace(self, unknown=default, without_id=default)


#: From GBFS: without vehicle_types.json all vehicles are bicycles without a motor.
ALL_BICYCLES = VehicleTypes({}, HUMAN_BICYCLE, HUMAN_BICYCLE)
#: For a vehicle file without its feed: the types may be published elsewhere.
TYPES_MISSING = VehicleTypes(
    {},
    "names a vehicle_type_id, and vehicle_types.json is missing beside the vehicle file"
    " (--default-type says what they are)",
    HUMAN_BICYCLE,
)


def read_types(listed: Sequence[object]) -> VehicleTypes:
    """Return the types of ``vehicle_types.json``."""
    by_id: dict[str, FeedVehicleType | str] = {}
    for entry in listed:
        if isinstance(entry, dict) and (id_ := identifier(entry.get("vehicle_type_id"))):
            by_id.setdefault(id_, _read_type(entry))
    return VehicleTypes(
        by_id,
        "names a vehicle_type_id that vehicle_types.json does not have",
        "names no vehicle_type_id, though the feed has vehicle_types.json",
    )


def _read_type(entry: Mapping[str, object]) -> FeedVehicleType | str:
    form_factor = _find_word(entry.get("form_factor"), FORM_FACTORS)
    propulsion_type = _find_word(entry.get("propulsion_type"), PROPULSION_TYPES)
    if not form_factor:
        return "is of a type whose form_factor GBFS does not know"
    if not propulsion_type:
        return "is of a type whose propulsion_type GBFS does not know"
    brand = read_localized_text(entry.get("make")) or read_localized_text(entry.get("name"))
    return FeedVehicleType(
        form_factor,
        propulsion_type,
        fit_column("brand", brand),
        fit_column("color", read_localized_text(entry.get("color"))),
    )


def fit_column(column: str, text: str) -> str:
    """Return ``text`` cleaned and cut to the length of the column."""
    length: int = Vehicle.__table__.c[column].type.length  # type: ignore[attr-defined]
    return clean(text)[:length].rstrip()


def fit_identifier(text: str, length: int) -> str:
    """Return an identifier cleaned; the end of a longer one is replaced by a hash of the whole.

    Two long ones with the same beginning stay different.
    """
    cleaned = clean(text)
    if len(cleaned) <= length:
        return cleaned
    digest = sha256(cleaned.encode()).hexdigest()[:HASH_LENGTH]
    return f"{cleaned[: length - HASH_LENGTH - 1]}~{digest}"


def clean(text: str) -> str:
    """Return ``text`` without what the database cannot store, with single spaces."""
    return " ".join(text.replace("\0", "").encode(errors="ignore").decode().split())


def identifier(value: object) -> str | None:
    """Return an id as text. GBFS has strings, and many feeds have numbers; None for others."""
    return str(value) if isinstance(value, str) or type(value) is int else None


def replace_unstorable(text: str) -> str:
    """Return ``text`` with a sign in place of each character that the database cannot store."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def _find_word(value: object, words: Mapping[str, Word]) -> Word | None:
    return words.get(value) if isinstance(value, str) else None


def read_localized_text(value: object) -> str:
    """Return plain text (2.x), or the English, else the first of localized texts (3.0)."""
    if isinstance(value, list):
        texts = [text for text in value if isinstance(text, dict)]
        english = [t for t in texts if str(t.get("language")).lower().split("-")[0] == "en"]
        value = next((text.get("text") for text in english or texts), None)
    return value if isinstance(value, str) else ""
