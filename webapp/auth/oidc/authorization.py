"""The authorization code flow: the request, and what the provider answers to it."""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from webapp.auth.oidc.claims import IdentityClaims, read_claims
from webapp.auth.oidc.providers import Provider
from webapp.errors import DomainError
from webapp.observability.runs import observe_call
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

log = logging.getLogger(__name__)

#: How far the clocks of provider and application may differ.
LEEWAY_S = 60
#: How long a person may take at the provider.
REQUEST_LIFETIME_S = 10 * 60


class ProviderUnavailable(DomainError):
    """The provider does not answer, or answers that it cannot at the moment."""

    status = 503
    headers = {"Retry-After": "60"}
    message = _l("Nothing has changed. Try again in a minute, or sign in with your password.")

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.title = _("%(provider)s is not responding", provider=provider.label)


class InvalidAuthorizationResponse(DomainError):
    """There was no such request, or the response or a token does not fit it."""

    status = 400
    title = _l("That didn't work")
    message = _l(
        "The sign-in took too long or could not be verified. Nothing has changed. Please start"
        " again."
    )


class AuthorizationDenied(DomainError):
    """The person cancelled at the provider."""

    status = 400
    message = _l("The sign-in was cancelled. Nothing has changed.")


@dataclass(frozen=True)
class AuthorizationRequest:
    """A request that was sent to a provider. It is kept in the session cookie until the response,
    which must fit it."""

    provider: str
    state: str
    nonce: str
    #: Of PKCE (RFC 7636).
    code_verifier: str
    #: Seconds since 1970.
    sent_at: int
    #: The person is signed in here, and is to authenticate once more.
    reauthenticate: bool = False
    #: Where to go afterwards.
    next_url: str | None = None


def create_authorization_request(
    provider: Provider, *, reauthenticate: bool = False, next_url: str | None = None
) -> tuple[str, AuthorizationRequest]:
    """Return the URL at the provider to redirect to, and the request to keep.

    reauthenticate: the provider is to ask for credentials even when the person is signed in there.

    Raises ProviderUnavailable, InvalidAuthorizationResponse.
    """
    options = {"prompt": "login", "max_age": 0} if reauthenticate else {}
    with _raise_provider_errors(provider):
        url_data = provider.client.create_authorization_url(provider.redirect_uri, **options)
    authorization_request = AuthorizationRequest(
        provider=provider.name,
        state=url_data["state"],
        nonce=url_data["nonce"],
        code_verifier=url_data["code_verifier"],
        sent_at=int(time.time()),
        reauthenticate=reauthenticate,
        next_url=next_url,
    )
    return url_data["url"], authorization_request


def read_authorization_response(
    provider: Provider, sent_request: AuthorizationRequest, response: Mapping[str, str]
) -> IdentityClaims:
    """Return who the person is, according to the provider.

    response: the query parameters with which the provider sent them back.

    Raises AuthorizationDenied, ProviderUnavailable, InvalidAuthorizationResponse.
    """
    is_in_time = time.time() - sent_request.sent_at < REQUEST_LIFETIME_S
    is_response = sent_request.provider == provider.name and sent_request.state == response.get(
        "state"
    )
    if not (is_in_time and is_response):
        raise InvalidAuthorizationResponse
    if "code" not in response:
        raise _make_authorization_error(provider, response.get("error"))
    with _raise_provider_errors(provider):
        claims = _exchange_code(provider, sent_request, response["code"])
        if sent_request.reauthenticate:
            _check_auth_time(claims, sent_request)
        return read_claims(provider.issuer, claims)


def _make_authorization_error(provider: Provider, error: str | None) -> DomainError:
    """Return the exception for an error code of OAuth 2.0 (RFC 6749, section 4.1.2.1)."""
    if error == "access_denied":
        return AuthorizationDenied()
    if error in ("server_error", "temporarily_unavailable"):
        return ProviderUnavailable(provider)
    return InvalidAuthorizationResponse()


@contextmanager
def _raise_provider_errors(provider: Provider) -> Iterator[None]:
    """Turn whatever fails while a provider is asked into an error that is the provider's."""
    try:
        with observe_call("oidc"):
            yield
    except provider.client.network_error as error:
        log.warning("provider %s does not answer: %s", provider.name, type(error).__name__)
        raise ProviderUnavailable(provider) from error
    except Exception as error:  # a malformed response can fail anywhere in Authlib
        log.warning("provider %s gave an invalid response", provider.name, exc_info=error)
        raise InvalidAuthorizationResponse from error


def _exchange_code(
    provider: Provider, sent_request: AuthorizationRequest, code: str
) -> dict[str, object]:
    """Exchange the code for an ID token; return its claims and those of the UserInfo endpoint."""
    client = provider.client
    token = client.fetch_access_token(
        provider.redirect_uri, code=code, code_verifier=sent_request.code_verifier
    )
    claims = client.parse_id_token(
        token,
        nonce=sent_request.nonce,
        # By default Authlib accepts the issuer of the metadata, and any audience.
        claims_options={
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": client.client_id},
        },
        leeway=LEEWAY_S,
    )
    if "email" in claims or "userinfo_endpoint" not in client.server_metadata:
        return dict(claims)
    userinfo = client.userinfo(token=token)
    if userinfo["sub"] != claims["sub"]:
        raise ValueError("the UserInfo response is about another subject")
    return {**userinfo, **claims}


def _check_auth_time(claims: Mapping[str, object], sent_request: AuthorizationRequest) -> None:
    """A provider that is asked with ``max_age`` must state when the person authenticated (OpenID
    Connect Core, section 2): one that does not may have ignored what it was asked."""
    auth_time = claims.get("auth_time")
    if not isinstance(auth_time, int | float) or auth_time < sent_request.sent_at - LEEWAY_S:
        raise ValueError("the person did not authenticate again")
