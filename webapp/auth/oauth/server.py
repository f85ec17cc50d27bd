"""The authorization server of Authlib: reading and refusing requests of apps.

Authlib reads requests, authenticates apps and words errors as the standards say. What gives access
are our own statements, because each has to decide and act at once (services/).
"""

import re
from collections.abc import Mapping
from hmac import compare_digest
from typing import Any
from uuid import UUID

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import (
    ClientMixin,
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Payload,
    grants,
)
from authlib.oauth2.rfc7636 import CodeChallenge, create_s256_code_challenge
from flask import Request, current_app, g, request
from flask_login import current_user

from webapp.auth.oauth.family_secrets import CODE_PREFIX, REFRESH_PREFIX, parse_family_secret
from webapp.auth.oauth.models import OAuthClient
from webapp.auth.oauth.redirect_uris import is_registered
from webapp.auth.oauth.services.access_tokens import make_access_token
from webapp.auth.oauth.services.clients import find_client
from webapp.auth.oauth.services.codes import (
    AuthorizationRequest,
    find_client_and_grant,
    use_code,
)
from webapp.auth.oauth.services.families import IssuedTokens
from webapp.auth.oauth.services.refresh_tokens import ScopeNotGranted, use_refresh_token
from webapp.auth.rate_limits import failed_token_buckets, make_failed_grants_bucket
from webapp.encryption import digest_secret
from webapp.web import rate_limits
from webapp.web.api_requests import is_api_request
from webapp.web.rate_limits import Bucket

AUTH_METHODS = ["none", "client_secret_basic", "client_secret_post"]
#: A challenge of S256: 32 bytes in base64url. And its verifier (RFC 7636, section 4.1).
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}", re.ASCII)
#: Characters that a description of an error cannot have (RFC 6749, section 5.2).
_NOT_IN_ERRORS = re.compile(r'[^\x20-\x7e]|["\\]')


class Client(ClientMixin):
    """An app, as Authlib asks for it."""

    def __init__(self, row: OAuthClient, granted_scopes: list[str]) -> None:
        self.row = row
        #: What the person who is signed in has agreed to before.
        self.granted_scopes = granted_scopes

    def get_client_id(self) -> str:
        return str(self.row.id)

    def get_default_redirect_uri(self) -> None:
        """None: each request names its address."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Return the requested scopes if the app may ask for all of them, and for one at least."""
        requested = (scope or "").split()
        return " ".join(requested) if requested and set(requested) <= set(self.row.scopes) else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return is_registered(redirect_uri, self.row.redirect_uris)

    def check_client_secret(self, client_secret: str) -> bool:
        return compare_digest(self.row.secret_digest, digest_secret(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") != self.row.is_confidential

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return True


class _Payload(OAuth2Payload):
    """The parameters of a request: of a page in its address, of the API in its body only."""

    def __init__(self, source: Request) -> None:
        self._data: Mapping[str, str] = source.form if is_api_request() else source.args

    @property
    def data(self) -> Mapping[str, str]:
        return self._data

    @property
    def datalist(self) -> dict[str, list[str]]:
        # No parameter comes twice (webapp/web/request_limits.py).
        return {name: [value] for name, value in self._data.items()}

    @property
    def response_type(self) -> str:
        return _clean(super().response_type)

    @property
    def grant_type(self) -> str:
        return _clean(super().grant_type)


def _clean(text: str | None) -> str:
    """Return a text as it can stand in the description of an error."""
    return _NOT_IN_ERRORS.sub("?", text or "")[:100]


class _Request(OAuth2Request):
    def __init__(self, source: Request) -> None:
        # Authlib refuses http. Production serves https only (PUBLIC_URL), development does not.
        super().__init__(source.method, f"https://{source.host}{source.path}", None, source.headers)
        self.payload = _Payload(source)

    @property
    def form(self) -> Mapping[str, str]:
        form: Mapping[str, str] = self.payload.data
        return form


class _CodeChallenge(CodeChallenge):
    """PKCE for every app, with S256 only (OAuth 2.1, section 4.1.1)."""

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        parameters = grant.request.payload.data
        if not _CHALLENGE.fullmatch(parameters.get("code_challenge", "")):
            raise InvalidRequestError("Send a 'code_challenge' of 43 characters.")
        if parameters.get("code_challenge_method") != "S256":
            raise InvalidRequestError("The 'code_challenge_method' has to be S256.")

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        """The statement that uses a code compares the challenge."""


class _CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    @staticmethod
    def validate_authorization_redirect_uri(request: Any, client: Client) -> str:
        redirect_uri: str = request.payload.redirect_uri or ""
        if not client.check_redirect_uri(redirect_uri):
            raise InvalidRequestError("The 'redirect_uri' is not one of this app.")
        return redirect_uri

    def validate_token_request(self) -> None:
        self.request.client = self.authenticate_token_endpoint_client()

    def create_token_response(self) -> Any:  # as Authlib has it: status, body, headers
        code, redirect_uri, verifier = (
            _require(self.request, name) for name in ("code", "redirect_uri", "code_verifier")
        )
        if not _VERIFIER.fullmatch(verifier):
            raise InvalidRequestError("The 'code_verifier' has 43 to 128 characters.")
        secret = parse_family_secret(code, CODE_PREFIX)
        challenge = create_s256_code_challenge(verifier)
        client: OAuthClient = self.request.client.row
        issued = secret and use_code(secret, client.id, redirect_uri, challenge)
        if not issued:
            raise InvalidGrantError("The code is not good for this request.")
        return 200, make_token_answer(client, issued), self.TOKEN_RESPONSE_HEADER


class _RefreshGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def validate_token_request(self) -> None:
        self.request.client = self.authenticate_token_endpoint_client()

    def create_token_response(self) -> Any:
        secret = parse_family_secret(_require(self.request, "refresh_token"), REFRESH_PREFIX)
        scopes = (self.request.payload.scope or "").split()
        client: OAuthClient = self.request.client.row
        try:
            issued = secret and use_refresh_token(secret, client.id, scopes)
        except ScopeNotGranted:
            raise InvalidScopeError from None
        if not issued:
            raise InvalidGrantError("The refresh token works no more.")
        return 200, make_token_answer(client, issued, scopes), self.TOKEN_RESPONSE_HEADER


def _require(request: Any, name: str) -> str:
    value: str = request.form.get(name, "")
    if not value:
        raise InvalidRequestError(f"Send '{name}'.")
    return value


def make_token_answer(
    client: OAuthClient, issued: IssuedTokens, requested_scopes: list[str] | None = None
) -> dict[str, str | int]:
    """Return what an app gets (RFC 6749, section 5.1).

    requested_scopes: only these; empty: all of the family.
    """
    allowed = set(client.scopes) & set(requested_scopes or issued.scopes)
    scopes = sorted(allowed)
    access_token = make_access_token(
        issued.family_key, str(issued.user_id), str(client.id), scopes, issued.now
    )
    return {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": current_app.config["OAUTH_ACCESS_TOKEN_S"],
        "refresh_token": issued.refresh_token.as_text(REFRESH_PREFIX),
        "scope": " ".join(scopes),
    }


class _Server(AuthorizationServer):
    def query_client(self, client_id: str) -> Client | None:
        """Return an app; it is read once in a request."""
        found: dict[str, Client | None] = g.setdefault("oauth_clients", {})
        if client_id not in found:
            found[client_id] = _find_client(client_id)
        return found[client_id]

    def create_oauth2_request(self, source: Any) -> _Request:
        return source if isinstance(source, _Request) else _Request(request)

    def authenticate_client(self, *arguments: Any, **values: Any) -> Any:
        """Return the app that sends a request. Raises OAuth2Error."""
        try:
            return super().authenticate_client(*arguments, **values)
        except UnicodeDecodeError:  # from Authlib, of a header that is no text
            raise InvalidClientError(status_code=401) from None

    def send_signal(self, *_: Any, **__: Any) -> None:
        """Nobody listens."""

    def handle_error_response(self, oauth_request: Any, error: OAuth2Error) -> Any:
        """Answer an app that has sent something wrong. What looks like guessing is counted: by
        address, or by the app if it has proved which it is; raises TooManyTries."""
        names_app = "client_id" in request.form or "Authorization" in request.headers
        if names_app and isinstance(error, (InvalidClientError, InvalidGrantError)):
            rate_limits.count_attempt(_make_failure_buckets(getattr(oauth_request, "client", None)))
        return super().handle_error_response(oauth_request, error)


def _make_failure_buckets(client: Client | None) -> list[Bucket]:
    """Return where a failure counts. client: the app that was authenticated, if any was. A server
    that refreshes the sign-ins of many people has one address, and some of them have ended."""
    if client and client.row.is_confidential:
        return [make_failed_grants_bucket(client.row.id)]
    return failed_token_buckets(request.remote_addr or "")


def _find_client(client_id: str) -> Client | None:
    try:
        key = UUID(client_id)
    except ValueError:
        return None
    if str(key) != client_id:  # there is one way to write it
        return None
    if is_api_request():
        row = find_client(key)
        return Client(row, []) if row else None
    found = find_client_and_grant(key, current_user.key)
    return Client(*found) if found else None


SERVER = _Server()
SERVER.register_grant(_CodeGrant, [_CodeChallenge()])
SERVER.register_grant(_RefreshGrant)


def read_authorization_request() -> AuthorizationRequest:
    """Return what an app asks the person who is signed in for, of what their account can do.
    Raises OAuth2Error, whose ``redirect_uri`` is set if the app may be told."""
    grant = SERVER.get_consent_grant(None, current_user)
    client: Client = grant.request.client
    # Else an app would get what its owner has not seen, as soon as they become staff.
    scopes = set(grant.request.scope.split()).intersection(current_user.usable_scopes)
    if not scopes:
        description = "The account can do nothing of this scope."
        raise InvalidScopeError(description, redirect_uri=grant.redirect_uri)
    return AuthorizationRequest(
        client.row,
        grant.redirect_uri,
        sorted(scopes),
        grant.request.payload.data["code_challenge"],
        client.granted_scopes,
    )


def authenticate_app() -> OAuthClient:
    """Return the app that has sent a request of the API. Raises OAuth2Error."""
    client: Client = SERVER.authenticate_client(_Request(request), AUTH_METHODS, "revocation")
    return client.row
