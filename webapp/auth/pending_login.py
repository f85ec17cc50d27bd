"""Who has shown their password, and not yet their code: the signed cookie says it, for a while."""

import time
from dataclasses import dataclass
from hashlib import sha256

from flask import session

from webapp.auth.models import User
from webapp.db.keys import RowKey

WAITS_S = 10 * 60
COOKIE_KEY = "waiting"


@dataclass(frozen=True)
class Waiting:
    """An account whose door waits for a code."""

    account: RowKey
    #: A digest that fits the password which was shown, and no other.
    shown: str
    #: "Stay signed in on this device".
    remember: bool


def begin(user: User, remember: bool) -> None:
    """Have this browser wait for a code of that account."""
    session[COOKIE_KEY] = {
        "account": str(user.key),
        "shown": _digest(user),
        "remember": remember,
        "at": int(time.time()),
    }


def find() -> Waiting | None:
    """Return what this browser waits for; None: nothing, or for too long."""
    found = session.get(COOKIE_KEY)
    if not found or time.time() - found["at"] > WAITS_S:
        return None
    return Waiting(RowKey.parse(found["account"]), found["shown"], found["remember"])


def still_fits(waiting: Waiting, user: User) -> bool:
    """Tell whether the account still has the password that was shown."""
    return waiting.shown == _digest(user)


def _digest(user: User) -> str:
    return sha256(user.password_hash.encode()).hexdigest()[:16]


def end() -> None:
    """Wait no more."""
    session.pop(COOKIE_KEY, None)
