"""Names of this authorization server and of the API."""

from flask import current_app


def issuer() -> str:
    """Return the issuer of tokens (RFC 8414): the address of the site."""
    url: str = current_app.config["PUBLIC_URL"]
    return url


def find_api_audience() -> str:
    """Return whom access tokens are for (RFC 9068): the API."""
    return f"{issuer()}/api"
