"""The session cookie's values for a sign-in at a provider: the request, then the claims."""

import time
from dataclasses import asdict, replace
from typing import Any, TypeVar

from flask import session

from webapp.auth.oidc.authorization import AuthorizationRequest, InvalidAuthorizationResponse
from webapp.auth.oidc.claims import IdentityClaims
from webapp.auth.oidc.providers import Provider

T = TypeVar("T", AuthorizationRequest, IdentityClaims)

REQUEST_KEY, CLAIMS_KEY = "oidc_request", "oidc_claims"
#: How long somebody who has returned may take to register or to link the identity.
CLAIMS_LIFETIME_S = 10 * 60
#: Of the page to go back to, characters: browsers keep cookies of 4,096 bytes.
MAX_NEXT_LENGTH = 2000


def keep_request(authorization_request: AuthorizationRequest) -> None:
    """Keep a request; without the page to go back to if the cookie has no room for its address."""
    if len(authorization_request.next_url or "") > MAX_NEXT_LENGTH:
        authorization_request = replace(authorization_request, next_url=None)
    session[REQUEST_KEY] = asdict(authorization_request)


def take_request() -> AuthorizationRequest:
    """Return the request and remove it: it is valid for one response, also for an invalid one.

    Raises InvalidAuthorizationResponse when there is none.
    """
    if authorization_request := _load(AuthorizationRequest, session.pop(REQUEST_KEY, None)):
        return authorization_request
    raise InvalidAuthorizationResponse


def keep_claims(claims: IdentityClaims) -> None:
    session[CLAIMS_KEY] = {**asdict(claims), "kept_at": int(time.time())}


def find_claims(provider: Provider) -> IdentityClaims | None:
    """Return the claims of that provider; None when there are none, or they are too old."""
    stored = dict(session.get(CLAIMS_KEY) or {})
    is_recent = time.time() - stored.pop("kept_at", 0) < CLAIMS_LIFETIME_S
    claims = _load(IdentityClaims, stored)
    if claims and is_recent and claims.issuer == provider.issuer:
        return claims
    clear_claims()
    return None


def clear_claims() -> None:
    session.pop(CLAIMS_KEY, None)


def _load(dataclass: type[T], stored: dict[str, Any] | None) -> T | None:
    # Any: fields of each type, as Flask has read them from the signed cookie.
    try:
        return dataclass(**(stored or {}))
    except TypeError:  # nothing, or from an earlier version
        return None
