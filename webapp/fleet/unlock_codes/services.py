"""The codes on vehicles: parsing what people type, and finding the vehicle.

A code is unique in its region. The address on a label names the region. For a code that is typed,
and for labels that name none, the region of the visitor's city is asked first, then all others.

A code starts a ride, so guessing is limited: codes that no vehicle has count towards a rate limit,
for each account and for each address of visitors. A code that was scanned has a signature, and is
found also where the limit is reached. A code does not reveal the public id of its vehicle, and the
public id does not reveal the code.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from flask import current_app
from sqlalchemy import Row, Select, select

from webapp.auth.models import User
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.reserved_vehicles import has_reserved
from webapp.fleet.unlock_codes.signatures import LETTERS, SIGNATURE_LENGTH, is_signature
from webapp.hooks import get_hooks
from webapp.regions.catalogue import list_city_regions
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits

CODE_LENGTH = 10
#: Characters that no code has, and the similar one that is meant; also on a Russian keyboard.
MISREAD_LETTERS = str.maketrans(
    "BGOQ0SZ\u0410\u0421\u0415\u041d\u041a\u041c\u0425", "86DDD52ACEHKMX"
)


class NoSuchCode(NotFound):
    message = _l(
        "No vehicle has this code. Check it again: it has %(n)d letters and digits.",
        n=CODE_LENGTH,
    )
    field = "code"


class SeveralVehicles(DomainError):
    """Two regions have given out the same code, by chance, and neither is the visitor's."""

    message = _l(
        "Vehicles in two regions have this code. Scan the label, or choose your city first."
    )
    field = "code"


class UnlockCode(NamedTuple):
    """A code, and what the address on a label adds to it."""

    #: The region of the vehicle when the label was printed; None: it is not named.
    region: str | None
    letters: str
    #: Tells a code that was scanned from a guessed one; may be empty.
    signature: str = ""

    def __str__(self) -> str:
        return f"{self.region}.{self.letters}" if self.region else self.letters


class CodeSituation(StrEnum):
    """The state of a vehicle for the viewer of its page."""

    RIDDEN_BY_VIEWER = "ridden_by_viewer"
    RIDDEN = "ridden"
    RESERVED_BY_VIEWER = "reserved_by_viewer"
    RESERVED = "reserved"
    AVAILABLE = "available"
    OUT_OF_SERVICE = "out_of_service"


@dataclass(frozen=True)
class CodeLookup:
    """The vehicle with a code."""

    vehicle: Vehicle
    #: Who rides it now.
    rider_id: UUID | None

    def situation(self, viewer: User | None) -> CodeSituation:
        """Return the state of the vehicle for a viewer; None: a visitor."""
        state = self.vehicle.current_state
        if state == VehicleState.ON_TRIP:
            is_own = viewer and viewer.id == self.rider_id
            return CodeSituation.RIDDEN_BY_VIEWER if is_own else CodeSituation.RIDDEN
        if state == VehicleState.RESERVED:
            is_own = has_reserved(viewer, self.vehicle)
            return CodeSituation.RESERVED_BY_VIEWER if is_own else CodeSituation.RESERVED
        is_available = state == VehicleState.AVAILABLE
        return CodeSituation.AVAILABLE if is_available else CodeSituation.OUT_OF_SERVICE


def parse_code(typed: str) -> UnlockCode | None:
    """Return the code in what was typed: in any case, with or without dashes and spaces, and after
    the region and a dot if it comes from a label.

    None if it is not a code.
    """
    region, _dot, rest = typed[:100].strip().rpartition(".")
    text = unicodedata.normalize("NFKC", rest).upper().translate(MISREAD_LETTERS)
    letters = "".join(char for char in text if unicodedata.category(char) not in ("Pd", "Zs"))
    has_length = len(letters) in (CODE_LENGTH, CODE_LENGTH + SIGNATURE_LENGTH)
    if not (has_length and set(letters) <= set(LETTERS)):
        return None
    return UnlockCode(region or None, letters[:CODE_LENGTH], letters[CODE_LENGTH:])


def find_vehicle_by_code(
    typed: str, viewer: User | None, address: str | None, near_region: str
) -> CodeLookup:
    """Return the vehicle with this code, and who rides it.

    viewer, address: who asks; a visitor (None) is counted by the address.
    near_region: the region that is asked first when the code does not name one.

    Raises NoSuchCode, SeveralVehicles. After too many wrong codes raises TooManyTries, for right
    codes without a signature too.
    """
    code = parse_code(typed)
    if code is None:
        raise NoSuchCode
    buckets = _guess_buckets(viewer, address)
    rows = _read_vehicles(code, near_region, buckets)
    if not rows or (rows[0].is_full and not is_signature(code.signature, code.letters)):
        _count_wrong_code(viewer, buckets)
        raise NoSuchCode
    if len(rows) > 1:
        raise SeveralVehicles
    return CodeLookup(rows[0].Vehicle, rows[0].rider_id)


def _read_vehicles(
    code: UnlockCode, near_region: str, buckets: list[rate_limits.Bucket]
) -> Sequence[Row[tuple[Vehicle, UUID, bool]]]:
    """Return the vehicles with the code; those of other regions only if its own has none.

    A label keeps the region in which it was printed, also when its city moves to another.
    """
    regions = set(list_city_regions())
    first_region = code.region if code.region in regions else near_region
    for searched_regions in ({first_region}, regions - {first_region}):
        query = _vehicles_query(code.letters, searched_regions, buckets)
        if rows := db.session.execute(query).all():
            return rows
    return []


def _vehicles_query(
    letters: str, regions: set[str], buckets: list[rate_limits.Bucket]
) -> Select[tuple[Vehicle, UUID, bool]]:
    """Return the query of the vehicles with this code, who rides them, and the rate limit."""
    rider_id = get_hooks().vehicle_ride_columns.rider_id
    is_full = rate_limits.is_full_condition(buckets)
    return select(Vehicle, rider_id.label("rider_id"), is_full.label("is_full")).where(
        Vehicle.region.in_(sorted(regions)),
        Vehicle.code == letters,
        Vehicle.state != VehicleState.REMOVED,
    )


def _count_wrong_code(viewer: User | None, buckets: list[rate_limits.Bucket]) -> None:
    try:
        rate_limits.count_attempt(buckets)
    except rate_limits.TooManyTries as refusal:
        if viewer is None:
            refusal.message = _(
                "Too many wrong codes from your network. Scan the code on the vehicle, or sign in"
                " and try again."
            )
        raise


def _guess_buckets(viewer: User | None, address: str | None) -> list[rate_limits.Bucket]:
    """Return the rate limit for wrong codes: that of the account, so that riders who share an
    address do not block each other; for visitors those of the address."""
    limit = rate_limits.Limit(*current_app.config["LIMIT_CODES"])
    if viewer:
        return [rate_limits.make_bucket("code", limit, viewer.id)]
    return rate_limits.make_address_buckets("code", limit, address or "")
