"""The key that says to push services who sends (VAPID, RFC 8292), and the header that it signs."""

import time
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from flask import Flask, current_app
from sqlalchemy import delete, exists, select, true

from webapp import encryption
from webapp.db.cache import TimedCache
from webapp.db.inserts import Insert, insert_if
from webapp.db.transactions import execute_write, run_transaction
from webapp.db.types import table
from webapp.extensions import db
from webapp.riders.notifications.push import base64url
from webapp.riders.notifications.push.models import PushKey, PushSubscription

if TYPE_CHECKING:  # imported when the first message is sent
    from joserfc.jwk import ECKey
    from sqlalchemy.orm import Session

ALGORITHM = "ES256"
#: What the private key is encrypted for; it never changes.
CONTEXT = "push key"
#: For how long a header is valid, seconds. A day is the most that push services take.
HEADER_LIFETIME_S = 12 * 3600
CACHE = "movr_push_key"


def init_app(app: Flask) -> None:
    app.extensions[CACHE] = TimedCache(
        app.config["OAUTH_KEYS_MAX_AGE_S"], keeps_when_unavailable=True
    )


def push_key_cache() -> "TimedCache[None, ECKey | None]":
    """Return the key that this process has in memory."""
    cache: TimedCache[None, ECKey | None] = current_app.extensions[CACHE]
    return cache


def find_push_key() -> "ECKey | None":
    """Return the key; None if there is none, or SECRET_KEY does not open it. Each process keeps it
    for a while (OAUTH_KEYS_MAX_AGE_S)."""
    return push_key_cache().get(None, _load_key)


def find_public_key() -> str:
    """Return what a page gives to the browser that subscribes, base64url: ``applicationServerKey``;
    '' without a key."""
    key = find_push_key()
    return base64url.encode(_public_point(key)) if key else ""


def _load_key() -> "ECKey | None":
    from joserfc.jwk import ECKey

    query = select(PushKey.private_jwk).order_by(PushKey.created_at, PushKey.kid).limit(1)
    stored = db.session.scalar(query)
    text = encryption.decrypt_stored(stored, CONTEXT) if stored else None
    return ECKey.import_key(msgspec.json.decode(text)) if text else None


def make_push_key() -> bool:
    """Make the key if there is none; tell whether it was made."""
    is_first = ~exists(select(table(PushKey).c.kid))
    is_made = bool(execute_write(_make_key_statement(is_first).returning(table(PushKey).c.kid)))
    push_key_cache().clear()
    return is_made


def replace_push_key() -> None:
    """Make another key, for one that has leaked. The devices that have subscribed for the old one
    get nothing any more, and are forgotten."""
    statement = _make_key_statement(true())

    def work(session: "Session") -> None:
        session.execute(delete(table(PushSubscription)))
        session.execute(delete(table(PushKey)))
        session.execute(statement)

    run_transaction(work)
    push_key_cache().clear()


def _make_key_statement(condition: Any) -> Insert:  # Any: an expression of SQLAlchemy
    from joserfc.jwk import ECKey

    key = ECKey.generate_key("P-256", private=True)
    private = msgspec.json.encode(key.as_dict(private=True)).decode()
    ciphertext = encryption.encrypt(private, CONTEXT)
    return insert_if(condition, table(PushKey), kid=key.thumbprint(), private_jwk=ciphertext)


def make_authorization_header(endpoint: str, key: "ECKey") -> str:
    """Return the header ``Authorization`` of a request to an endpoint."""
    from joserfc import jwt

    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + HEADER_LIFETIME_S,
        "sub": f"mailto:{parseaddr(current_app.config['MAIL_FROM'])[1]}",
    }
    token = jwt.encode({"alg": ALGORITHM, "typ": "JWT"}, claims, key)
    return f"vapid t={token}, k={base64url.encode(_public_point(key))}"


def _public_point(key: "ECKey") -> bytes:
    """Return the public key as an uncompressed point."""
    jwk = key.as_dict(private=False)
    return b"\x04" + base64url.decode(str(jwk["x"])) + base64url.decode(str(jwk["y"]))
