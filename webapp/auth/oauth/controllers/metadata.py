"""What programs find out by themselves: the addresses of this server, and its keys."""

from typing import Any

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from webapp.api.headers import add_cors_headers
from webapp.auth.oauth.issuer import issuer
from webapp.auth.oauth.services.signing_keys import find_keys
from webapp.web.access import public
from webapp.web.scopes import Scope
from webapp.web.urls import public_url

bp = Blueprint("oauth_metadata", __name__, url_prefix="/.well-known")

#: Less than the time that a key is published before it signs.
MAX_AGE_S = 3600


@bp.get("/oauth-authorization-server")
@public
def server() -> ResponseReturnValue:
    """The authorization server (RFC 8414)."""
    methods = ["none", "client_secret_basic", "client_secret_post"]
    return _answer(
        {
            "issuer": issuer(),
            "authorization_endpoint": public_url("auth.oauth.authorize"),
            "token_endpoint": public_url("auth.oauth_tokens.token"),
            "revocation_endpoint": public_url("auth.oauth_tokens.revoke"),
            "jwks_uri": public_url("auth.oauth_metadata.keys"),
            "service_documentation": public_url("api.index"),
            "scopes_supported": [str(scope) for scope in Scope],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_methods_supported": methods,
            "authorization_response_iss_parameter_supported": True,
        }
    )


@bp.get("/jwks.json")
@public
def keys() -> ResponseReturnValue:
    """The public keys of access tokens, a JWK set (RFC 7517)."""
    return _answer(find_keys().as_jwks())


def _answer(document: dict[str, Any]) -> Response:  # Any: JSON
    response = jsonify(document)
    response.cache_control.public = True
    response.cache_control.max_age = MAX_AGE_S
    return add_cors_headers(response)
