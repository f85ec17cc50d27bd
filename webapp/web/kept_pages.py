"""Which pages the service worker keeps for when there is no network (``static/worker``)."""

from flask import Response
from flask_login import current_user


def keep_for_account(response: Response) -> Response:
    """Let the worker keep a page for the account that it was made for, until somebody else signs in
    or it is refused."""
    response.headers["X-Account"] = str(current_user.id)
    return response


def keep_public(response: Response, url: str) -> Response:
    """Let the worker keep what everybody sees at ``url``, which it asks for without cookies."""
    response.headers["X-Public-List"] = url
    return response
