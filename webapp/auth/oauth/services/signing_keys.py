"""The keys that sign access tokens, and their rotation.

A new key is published a day before it signs, so that everybody who checks tokens has it by then;
the one before stays published for a day after, longer than its tokens last.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Flask, current_app
from sqlalchemy import ColumnElement, Delete, and_, delete, exists, func, literal, select, true

from webapp import encryption
from webapp.auth.oauth.models import OAuthSigningKey
from webapp.db.cache import TimedCache
from webapp.db.inserts import Insert, insert_if
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db

if TYPE_CHECKING:  # imported when the first token comes
    from joserfc.jwk import ECKey

ALGORITHM = "ES256"
#: What the private keys are encrypted for; it never changes.
CONTEXT = "OAuth signing key"
#: How long a key is published before it signs, and after the next one does.
PUBLISHED_AHEAD = timedelta(days=1)
#: How old the keys may be when a token has a key that is not among them, seconds.
UNKNOWN_KEY_AGE_S = 60.0
CACHE = "movr_oauth_signing_keys"


def init_app(app: Flask) -> None:
    app.extensions[CACHE] = TimedCache(
        app.config["OAUTH_KEYS_MAX_AGE_S"], keeps_when_unavailable=True
    )


@dataclass(frozen=True)
class SigningKeys:
    """The keys that are published."""

    public: Mapping[str, "ECKey"]
    #: The one that signs, and its ``kid``; None: there is none, or SECRET_KEY does not open it.
    private: "tuple[str, ECKey] | None"

    def as_jwks(self) -> dict[str, Any]:  # Any: JSON
        """Return the public keys as a JWK set (RFC 7517)."""
        return {"keys": [key.as_dict(private=False) for key in self.public.values()]}


def keys_cache() -> TimedCache[None, SigningKeys]:
    """Return the keys that this process has in memory."""
    cache: TimedCache[None, SigningKeys] = current_app.extensions[CACHE]
    return cache


def find_keys() -> SigningKeys:
    """Return the keys; each process keeps them for a while (OAUTH_KEYS_MAX_AGE_S)."""
    return keys_cache().get(None, _load_keys)


def find_public_key(kid: str) -> "ECKey | None":
    """Return the public key of a token; None if there is none. Another process may have added it,
    so for one that is not known here the keys are read again, once in a while."""
    if key := find_keys().public.get(kid):
        return key
    return keys_cache().get(None, _load_keys, max_age_s=UNKNOWN_KEY_AGE_S).public.get(kid)


def find_signing_key() -> "tuple[str, ECKey]":
    """Return the key that signs now, with its ``kid``. The first one is made here."""
    if private := find_keys().private:
        return private
    execute_write(_add_key_statement(signs_from=func.now()), idempotent=True)
    keys_cache().clear()
    private = find_keys().private
    if private is None:
        raise RuntimeError("the key that signs access tokens cannot be read")
    return private


def _load_keys() -> SigningKeys:
    from joserfc.jwk import ECKey

    query = select(OAuthSigningKey, OAuthSigningKey.signs_from <= func.now()).order_by(
        OAuthSigningKey.signs_from.desc(), OAuthSigningKey.kid
    )
    rows = db.session.execute(query.execution_options(populate_existing=True)).all()
    public = {key.kid: ECKey.import_key(key.public_jwk) for key, _ in rows}
    newest = next((key for key, is_due in rows if is_due), None)
    text = encryption.decrypt_stored(newest.private_jwk, CONTEXT) if newest else None
    private = (newest.kid, ECKey.import_key(msgspec.json.decode(text))) if newest and text else None
    return SigningKeys(public, private)


# --- rotation ------------------------------------------------------------------------------------


def rotate_if_due() -> None:
    """Add a key if the newest one is old (OAUTH_KEY_DAYS), and delete those whose tokens have
    ended. The first one is made when it is needed."""
    age = timedelta(days=current_app.config["OAUTH_KEY_DAYS"])
    keys = table(OAuthSigningKey)
    is_due = and_(
        exists(select(keys.c.kid)),
        ~exists().where(keys.c.created_at > func.now() - literal(age)),
    )
    _rotate(_add_key_statement(signs_from=_after_publishing(), condition=is_due))


def rotate_now() -> None:
    """Add a key, which signs from tomorrow on."""
    _rotate(_add_key_statement(signs_from=_after_publishing()))


def replace_all() -> None:
    """Add a key that signs at once, and delete all others: the access tokens that they have signed
    work no more, and apps refresh them. For keys that have leaked."""
    kid, statement = _make_key(func.now(), true())
    execute_write(statement, idempotent=True)
    keys = table(OAuthSigningKey)
    execute_write(delete(keys).where(keys.c.kid != kid), idempotent=True)
    keys_cache().clear()


def _rotate(added: Insert) -> None:
    execute_write(added, idempotent=True)
    execute_write(_delete_old_statement(), idempotent=True)
    keys_cache().clear()


def _after_publishing() -> ColumnElement[datetime]:
    return func.now() + literal(PUBLISHED_AHEAD)


def _add_key_statement(
    *, signs_from: ColumnElement[datetime], condition: ColumnElement[bool] | None = None
) -> Insert:
    return _make_key(signs_from, true() if condition is None else condition)[1]


def _make_key(
    signs_from: ColumnElement[datetime], condition: ColumnElement[bool]
) -> tuple[str, Insert]:
    """Return the ``kid`` of a new key, and the statement that adds it if the condition holds."""
    from joserfc.jwk import ECKey

    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, private=True)
    kid = key.thumbprint()
    private = msgspec.json.encode(key.as_dict(private=True, kid=kid)).decode()
    keys = table(OAuthSigningKey)
    statement = insert_if(
        condition,
        keys,
        kid=kid,
        public_jwk=key.as_dict(private=False, kid=kid),
        private_jwk=encryption.encrypt(private, CONTEXT),
        signs_from=signs_from,
    )
    return kid, statement.on_conflict_do_nothing()


def _delete_old_statement() -> Delete:
    """Return the statement that deletes keys after which another one has signed for a day."""
    keys, newer = table(OAuthSigningKey), table(OAuthSigningKey).alias("newer")
    has_successor = exists().where(
        newer.c.signs_from > keys.c.signs_from,
        newer.c.signs_from < func.now() - literal(PUBLISHED_AHEAD),
    )
    return delete(keys).where(has_successor)
