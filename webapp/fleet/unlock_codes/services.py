"""The codes that stand on vehicles: reading what people type, and finding the vehicle.

A code opens a ride, so codes must not be tried out: what nobody has is counted for each
account, and for each address from which visitors ask.
Nobody learns from a code which public id its vehicle has today, nor the other way round.
"""

import unicodedata
from dataclasses import dataclass
from uuid import UUID

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from webapp.auth.models import User
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.hooks import get_hooks
from webapp.web import rate_limits

LETTERS = "23456789ACDEHKMX"
LENGTH = 10
#: No code has these; they are what people read or type for one that looks like it, on a Russian
#: keyboard too.
MISREAD = str.maketrans("BGOQ0SZ\u0410\u0421\u0415\u041d\u041a\u041c\u0425", "86DDD52ACEHKMX")


class NoSuchCode(NotFound):
    message = _l("No vehicle has this code. Look at it again: it has ten letters and digits.")
    field = "code"


@dataclass(frozen=True)
class Met:
    """A vehicle as somebody meets it who stands before it."""

    vehicle: Vehicle
    #: Whose ride it is on.
    rider_id: UUID | None

    def situation(self, viewer: User | None) -> str:
        """Return what it is to them: ``riding`` it, it is ``held`` for them, ``reserved`` for
        another, ``ridden`` by another, ``out`` of service, or ``free``."""
        state = self.vehicle.current_state
        if state == VehicleState.ON_TRIP:
            return "riding" if viewer and viewer.id == self.rider_id else "ridden"
        if state == VehicleState.RESERVED:
            held = getattr(viewer, "reservation", None)  # comes with the account
            is_mine = held and held.is_active and held.vehicle_key == self.vehicle.key
            return "held" if is_mine else "reserved"
        return "free" if state == VehicleState.AVAILABLE else "out"


def parse_code(typed: str) -> str | None:
    """Return the code that was typed, in any case, with or without dashes and spaces; None when it
    is none."""
    plain = unicodedata.normalize("NFKC", typed[:100]).upper().translate(MISREAD)
    code = "".join(letter for letter in plain if unicodedata.category(letter) not in ("Pd", "Zs"))
    return code if len(code) == LENGTH and set(code) <= set(LETTERS) else None


def vehicle_with_code(typed: str, viewer: User | None, address: str | None) -> Vehicle:
    """Return the vehicle on which that code stands. Raises as ``meet`` does."""
    return meet(typed, viewer, address).vehicle


def meet(typed: str, viewer: User | None, address: str | None) -> Met:
    """Return the vehicle on which that code stands, and who rides it.

    viewer: who asks; None: somebody at that address who has not signed in.

    Raises NoSuchCode; TooManyTries, for right codes too, when many wrong ones came from the same.
    """
    code = parse_code(typed)
    if code is None:
        raise NoSuchCode
    tries = _tries_of(viewer, address)
    rider_id = get_hooks().vehicle_facts.rider_id
    with_code = select(Vehicle, rider_id, rate_limits.is_full(tries)).where(
        Vehicle.code == code, Vehicle.state != VehicleState.REMOVED
    )
    found = db.session.execute(with_code).one_or_none()
    if found and not found[2]:
        return Met(found[0], found[1])
    rate_limits.attempt([tries])
    raise NoSuchCode


def _tries_of(viewer: User | None, address: str | None) -> rate_limits.Bucket:
    """Riders who share an address, in a street's network, do not lock each other out."""
    limit = rate_limits.Limit(*current_app.config["LIMIT_CODES"])
    if viewer:
        return rate_limits.bucket("code", limit, viewer.id)
    return rate_limits.address_bucket("code", limit, address or "")
