"""A sign-in that waits for its second factor. It is stored in the signed session cookie."""

import time
from dataclasses import dataclass
from hashlib import sha256

from flask import session

from webapp.auth.models import User
from webapp.db.keys import RowKey

LIFETIME_S = 10 * 60
COOKIE_KEY = "pending_login"


@dataclass(frozen=True)
class PendingLogin:
    """An account whose password was right, and whose code is still to come."""

    user_key: RowKey
    #: Of the stored password hash, to notice that the password has changed since.
    password_digest: str
    #: "Stay signed in on this device".
    remember: bool
    #: Whether an authenticator app, and whether passkeys, are its second factor.
    has_app: bool
    has_passkeys: bool

    def matches(self, user: User) -> bool:
        """Tell whether the account still has the password that was verified."""
        return self.password_digest == _digest_password(user)


def start(user: User, remember: bool, *, has_app: bool, has_passkeys: bool) -> None:
    """Write to the session cookie that the password of the account was right."""
    session[COOKIE_KEY] = {
        "user_key": str(user.key),
        "password_digest": _digest_password(user),
        "remember": remember,
        "has_app": has_app,
        "has_passkeys": has_passkeys,
        "started_at": int(time.time()),
    }


def find() -> PendingLogin | None:
    """Return this browser's pending sign-in; None when there is none, or it is too old."""
    stored = session.get(COOKIE_KEY)
    if not stored or time.time() - stored["started_at"] > LIFETIME_S:
        return None
    user_key = RowKey.parse(stored["user_key"])
    return PendingLogin(
        user_key,
        stored["password_digest"],
        stored["remember"],
        # The release before this one knows no passkeys.
        has_app=stored.get("has_app", True),
        has_passkeys=stored.get("has_passkeys", False),
    )


def clear() -> None:
    """Forget this browser's pending sign-in."""
    session.pop(COOKIE_KEY, None)


def _digest_password(user: User) -> str:
    return sha256(user.password_hash.encode()).hexdigest()[:16]
