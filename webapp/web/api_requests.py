"""Which requests are of programs: those of the API, and those of the open feeds."""

from typing import Any

from flask import request

#: Below it everything is the API; ``/api`` itself is a page about it.
API_PREFIX = "/api/"
#: Below it are the feeds of GBFS.
FEEDS_PREFIX = "/gbfs/"


def is_api_request() -> bool:
    """Tell whether the current request is of the API."""
    return is_api_environ(request.environ)


def wants_problem_details() -> bool:
    """Tell whether the current request is answered with problem details if it fails: programs read
    the API and the feeds."""
    return is_api_request() or request.path.startswith(FEEDS_PREFIX)


def is_api_environ(environ: dict[str, Any]) -> bool:
    """Tell whether a request is of the API by its WSGI environ.

    Routes are matched with one slash at the beginning, however many the request has.
    """
    path = "/" + str(environ.get("PATH_INFO", "")).lstrip("/")
    return path.startswith(API_PREFIX)
