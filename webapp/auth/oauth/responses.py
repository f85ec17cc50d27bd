"""The answer with which a browser comes back to an app."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import request

from webapp.auth.oauth.issuer import issuer


def make_response_url(redirect_uri: str, **parameters: str) -> str:
    """Return where the browser goes with an answer to an app: with the ``state`` of its request,
    and who answers (RFC 9207)."""
    state = request.args.get("state", "")
    values = {**parameters, **({"state": state} if state else {}), "iss": issuer()}
    parts = urlsplit(redirect_uri)
    query = "&".join(filter(None, [parts.query, urlencode(values)]))
    return urlunsplit(parts._replace(query=query))
