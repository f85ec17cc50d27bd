"""Which requests are of the API."""

from flask import request

#: Below it everything is the API; ``/api`` itself is a page about it.
API_PREFIX = "/api/"


def is_api_request() -> bool:
    """Tell whether the current request is of the API."""
    return request.path.startswith(API_PREFIX)
