"""Which requests are of the API."""

from typing import Any

from flask import request

#: Below it everything is the API; ``/api`` itself is a page about it.
API_PREFIX = "/api/"


def is_api_request() -> bool:
    """Tell whether the current request is of the API."""
    return is_api_environ(request.environ)


def is_api_environ(environ: dict[str, Any]) -> bool:
    """Tell whether a request is of the API by its WSGI environ.

    Routes are matched with one slash at the beginning, however many the request has.
    """
    path = "/" + str(environ.get("PATH_INFO", "")).lstrip("/")
    return path.startswith(API_PREFIX)
