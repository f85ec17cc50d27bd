"""Challenges: random numbers that a passkey signs. Each is of one browser, and good for one use."""

import time
from dataclasses import dataclass
from enum import StrEnum
from secrets import token_hex

from flask import session
from flask_login import current_user

from webapp.errors import DomainError
from webapp.regions.catalogue import local_region
from webapp.translations import lazy_gettext as _l
from webapp.web.rate_limits import Bucket, Limit, make_bucket

LIFETIME_S = 5 * 60
COOKIE_KEY = "passkey_challenge"


class ChallengeExpired(DomainError):
    status = 422
    field = "credential"
    message = _l("That took too long. Try again.")


class ChallengePurpose(StrEnum):
    """What a challenge is for: one for another step is refused."""

    ADD = "add"
    SIGN_IN = "sign_in"
    REAUTHENTICATE = "reauthenticate"


@dataclass(frozen=True)
class Challenge:
    """A challenge that this browser was given."""

    value: bytes

    @property
    def bucket(self) -> Bucket:
        """What counts its uses: there is one. The signed cookie could be sent again, the count is
        kept until the challenge is too old."""
        return make_bucket("passkey challenge", Limit(1, 2 * LIFETIME_S), self.value.hex())


def start(purpose: ChallengePurpose) -> bytes:
    """Write a new challenge to the session cookie, and return it."""
    value = token_hex(32)
    session[COOKIE_KEY] = {**_context(purpose), "value": value, "started_at": int(time.time())}
    return bytes.fromhex(value)


def take(purpose: ChallengePurpose) -> Challenge:
    """Remove the challenge from the session cookie, and return it; raises ChallengeExpired.

    One that the server of another region gave is refused: its uses are counted there.
    """
    stored = session.pop(COOKIE_KEY, None) or {}
    is_same = all(stored.get(name) == value for name, value in _context(purpose).items())
    if not is_same or time.time() - stored["started_at"] > LIFETIME_S:
        raise ChallengeExpired
    return Challenge(bytes.fromhex(stored["value"]))


def _context(purpose: ChallengePurpose) -> dict[str, str]:
    login_session = current_user.get_id() if current_user.is_authenticated else ""
    return {"purpose": purpose, "region": local_region(), "session": login_session}
