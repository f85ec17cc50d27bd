"""The codes on vehicles: parsing what people type, and finding the vehicle.

A code starts a ride, so guessing is limited: codes that no vehicle has count towards a rate limit,
for each account and for each address of visitors. A code that was scanned has a signature, and is
found also where the limit is reached. A code does not reveal the public id of its vehicle, and the
public id does not reveal the code.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from webapp.auth.models import User
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.fleet.unlock_codes.signatures import LETTERS, SIGNATURE_LENGTH, is_signature
from webapp.hooks import get_hooks
from webapp.web import rate_limits

LENGTH = 10
#: Characters that no code has, and the similar one that is meant; also on a Russian keyboard.
MISREAD = str.maketrans("BGOQ0SZ\u0410\u0421\u0415\u041d\u041a\u041c\u0425", "86DDD52ACEHKMX")


class NoSuchCode(NotFound):
    message = _l(
        "No vehicle has this code. Look at it again: it has %(n)d letters and digits.", n=LENGTH
    )
    field = "code"


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
            is_own = _has_reserved(viewer, self.vehicle)
            return CodeSituation.RESERVED_BY_VIEWER if is_own else CodeSituation.RESERVED
        is_available = state == VehicleState.AVAILABLE
        return CodeSituation.AVAILABLE if is_available else CodeSituation.OUT_OF_SERVICE


def _has_reserved(viewer: User | None, vehicle: Vehicle) -> bool:
    reservation = getattr(viewer, "reservation", None)  # a relation that rides add to User
    if reservation is None or not reservation.is_active:
        return False
    return bool(reservation.vehicle_key == vehicle.key)


def parse_code(typed: str) -> str | None:
    """Return the code in what was typed: in any case, with or without dashes and spaces.

    None if it is not a code.
    """
    return _split_code(typed)[0]


def _split_code(typed: str) -> tuple[str | None, str]:
    """Return the code, or None, and the signature that follows it, or ''."""
    text = unicodedata.normalize("NFKC", typed[:100]).upper().translate(MISREAD)
    code = "".join(letter for letter in text if unicodedata.category(letter) not in ("Pd", "Zs"))
    is_code = len(code) in (LENGTH, LENGTH + SIGNATURE_LENGTH) and set(code) <= set(LETTERS)
    return (code[:LENGTH], code[LENGTH:]) if is_code else (None, "")


def find_vehicle_by_code(typed: str, viewer: User | None, address: str | None) -> CodeLookup:
    """Return the vehicle with this code, and who rides it.

    viewer, address: who asks; a visitor (None) is counted by the address.

    Raises NoSuchCode. After too many wrong codes raises TooManyTries, for right codes without a
    signature too.
    """
    code, signature = _split_code(typed)
    if code is None:
        raise NoSuchCode
    attempts = _attempts_buckets(viewer, address)
    rider_id = get_hooks().vehicle_ride_columns.rider_id
    query = select(Vehicle, rider_id, rate_limits.is_full_condition(attempts)).where(
        Vehicle.code == code, Vehicle.state != VehicleState.REMOVED
    )
    row = db.session.execute(query).one_or_none()
    if row and (not row[2] or is_signature(signature, code)):
        return CodeLookup(row[0], row[1])
    try:
        rate_limits.count_attempt(attempts)
    except rate_limits.TooManyTries as refusal:
        if viewer is None:
            refusal.message = _(
                "Too many wrong codes came from your network. Scan the code on the vehicle, or "
                "sign in and type it again."
            )
        raise
    raise NoSuchCode


def _attempts_buckets(viewer: User | None, address: str | None) -> list[rate_limits.Bucket]:
    """Return the rate limit of the account, so that riders who share an address do not block each
    other; for visitors those of the address."""
    limit = rate_limits.Limit(*current_app.config["LIMIT_CODES"])
    if viewer:
        return [rate_limits.bucket("code", limit, viewer.id)]
    return rate_limits.address_buckets("code", limit, address or "")
