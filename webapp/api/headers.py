"""Headers of all answers of the API: rate limits, language, and CORS where it is switched on."""

from collections.abc import Iterable

from flask import Flask, Response, current_app, g, request

from webapp.translations import get_language_code
from webapp.web.api_requests import is_api_request
from webapp.web.rate_limits import LimitState

#: What scripts of other sites may send, and read of an answer.
ALLOWED_HEADERS = "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match"
EXPOSED_HEADERS = (
    "Allow, Content-Language, ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After,"
    " WWW-Authenticate, X-Request-Id"
)
#: How long a browser remembers what it was allowed, seconds.
PREFLIGHT_MAX_AGE_S = 600


def init_app(app: Flask) -> None:
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    if not is_api_request():
        return response
    response.headers["Content-Language"] = get_language_code()
    response.vary.add("Accept-Language")
    _add_rate_limits(response, g.get("rate_limit_states", []))
    return add_cors_headers(response)


def add_cors_headers(response: Response) -> Response:
    """Let scripts of other sites read the response, if they are allowed to."""
    if current_app.config["API_CORS_ORIGINS"]:
        response.vary.add("Origin")
        if _is_allowed_origin(request.headers.get("Origin", "")):
            _allow_origin(response)
    return response


def _add_rate_limits(response: Response, states: Iterable[LimitState]) -> None:
    """Say what is left of the limits that the request counted against
    (draft-ietf-httpapi-ratelimit-headers-10)."""
    # An IPv6 address counts in several networks: the one with the least left.
    by_action = {state.action: state for state in sorted(states, key=lambda each: -each.remaining)}
    if by_action:
        response.headers["RateLimit-Policy"] = ", ".join(
            f'"{name}";q={state.limit.tries};w={state.limit.seconds}'
            for name, state in by_action.items()
        )
        response.headers["RateLimit"] = ", ".join(
            f'"{name}";r={state.remaining};t={state.reset_s}' for name, state in by_action.items()
        )


def _is_allowed_origin(origin: str) -> bool:
    allowed: tuple[str, ...] = current_app.config["API_CORS_ORIGINS"]
    return bool(origin) and (origin in allowed or "*" in allowed)


def _allow_origin(response: Response) -> None:
    headers = response.headers
    # Never with credentials: there are no cookies.
    headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
    headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = headers.get("Allow", "")
        headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        headers["Access-Control-Max-Age"] = str(PREFLIGHT_MAX_AGE_S)
