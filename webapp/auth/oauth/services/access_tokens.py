"""Access tokens of apps: JWTs as RFC 9068 says, which last for minutes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from flask import current_app

from webapp.auth.oauth.issuer import find_api_audience, issuer
from webapp.auth.oauth.services.signing_keys import (
    ALGORITHM,
    find_public_key,
    find_signing_key,
)
from webapp.db.keys import RowKey

if TYPE_CHECKING:  # imported when the first token comes
    from joserfc.jwt import Token

TYPE = "at+jwt"
#: Longer texts are none of ours.
MAX_LENGTH = 2000


@dataclass(frozen=True)
class AccessToken:
    """What an access token says."""

    #: The family of tokens that it is of, in which it was issued.
    family_key: RowKey
    client_id: str
    scopes: frozenset[str]
    expires_at: datetime


def make_access_token(
    family_key: RowKey, user_id: str, client_id: str, scopes: list[str], now: datetime
) -> str:
    """Return a new access token, which lasts for OAUTH_ACCESS_TOKEN_S."""
    from joserfc import jwt

    kid, key = find_signing_key()
    lifetime = timedelta(seconds=current_app.config["OAUTH_ACCESS_TOKEN_S"])
    claims = {
        "iss": issuer(),
        "sub": user_id,
        "aud": find_api_audience(),
        "client_id": client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
        "jti": uuid4().hex,
        "scope": " ".join(scopes),
        "sid": str(family_key),
    }
    return jwt.encode({"alg": ALGORITHM, "kid": kid, "typ": TYPE}, claims, key)


def read_access_token(text: str) -> AccessToken | None:
    """Return what a token says that was signed here for the API; None for any other text.

    Whether it has expired is left to who knows the time of the database. Nothing is read from the
    database, unless this process has no keys yet.
    """
    if len(text) > MAX_LENGTH or text.count(".") != 2:
        return None
    from joserfc import jwt
    from joserfc.errors import JoseError

    try:
        token = jwt.decode(text, _find_key, algorithms=[ALGORITHM])
        return _read_claims(token) if _is_ours(token) else None
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _find_key(token: Any) -> Any:  # of joserfc: what it calls an object with headers, and a key
    key = find_public_key(str(token.headers().get("kid")))
    if key is None:
        raise ValueError("no such key")
    return key


def _is_ours(token: "Token") -> bool:
    claims = token.claims
    return (
        str(token.header.get("typ")).lower().removeprefix("application/") == TYPE
        and claims["iss"] == issuer()
        and claims["aud"] == find_api_audience()
    )


def _read_claims(token: "Token") -> AccessToken:
    claims = token.claims
    return AccessToken(
        RowKey.parse(claims["sid"]),
        claims["client_id"],
        frozenset(claims["scope"].split()),
        datetime.fromtimestamp(claims["exp"], UTC),
    )
