"""Where apps get tokens and give them back. Below ``/api/``: without cookies, and with CORS."""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from webapp.auth.oauth.family_secrets import REFRESH_PREFIX, parse_family_secret
from webapp.auth.oauth.services.access_tokens import read_access_token
from webapp.auth.oauth.services.families import find_refreshed_family, sign_out
from webapp.db.keys import RowKey
from webapp.extensions import csrf
from webapp.web.access import public

bp = Blueprint("oauth_tokens", __name__, url_prefix="/api/oauth")


@bp.post("/token")
@public
@csrf.exempt
def token() -> ResponseReturnValue:
    """An app gets tokens, for a code or for a refresh token (RFC 6749, section 3.2)."""
    from webapp.auth.oauth.server import SERVER  # Authlib is imported when an app comes

    response: Response = SERVER.create_token_response()
    return response


@bp.post("/revoke")
@public
@csrf.exempt
def revoke() -> ResponseReturnValue:
    """An app signs out: the token and those of its family work no more (RFC 7009). A token that
    does not work is no error."""
    from authlib.oauth2 import OAuth2Error

    from webapp.auth.oauth import server

    try:
        client = server.authenticate_app()
    except OAuth2Error as error:
        response: Response = server.SERVER.handle_error_response(None, error)
        return response
    if family_key := _find_family(request.form.get("token", "")):
        sign_out(family_key, client.id)
    return {}, 200, {"Cache-Control": "no-store"}


def _find_family(text: str) -> RowKey | None:
    """Return the key of the family of an access token or a refresh token, if it is genuine."""
    if token := read_access_token(text):
        return token.family_key
    secret = parse_family_secret(text, REFRESH_PREFIX)
    return find_refreshed_family(secret) if secret else None
