"""Access control: who may call which route. A view without a decorator of this file is closed.

The decorators only mark the function, so their order with the route decorator does not matter.
``_enforce`` checks the marks before every request.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm.interfaces import ORMOption

from webapp.audit.enums import AuditKind
from webapp.audit.writing import audit_event_statement
from webapp.db.transactions import execute_write
from webapp.extensions import login_manager
from webapp.regions.catalogue import catalogue, city_or_404, visitors_city
from webapp.regions.models import City
from webapp.web import rate_limits, token_limits
from webapp.web.api_requests import is_api_request
from webapp.web.problems import InsufficientScope
from webapp.web.roles import Permission
from webapp.web.scopes import Scope

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "signed_in"

#: Views that come with Flask and its extensions: files that everyone may read.
PUBLIC_ENDPOINTS = {"static", "bootstrap.static"}


def public(view: View) -> View:
    """Mark a view that everyone may call."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Mark a view for everyone who has signed in."""
    view.access = SIGNED_IN  # type: ignore[attr-defined]
    return view


def requires(permission: Permission) -> Callable[[View], View]:
    """Mark a view for staff with a permission in some city. The view itself limits what it shows
    and does to the cities where they have it (``staff_city_or_404``, ``has_permission``)."""

    def mark(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        return view

    return mark


def requires_scope(scope: Scope) -> Callable[[View], View]:
    """Mark a view of the API for access tokens with a scope, of any account; with ``requires``, of
    staff with the permission."""

    def mark(view: View) -> View:
        view.scope = scope  # type: ignore[attr-defined]
        view.access = getattr(view, "access", SIGNED_IN)  # type: ignore[attr-defined]
        return view

    return mark


def find_required_scope(endpoint: str) -> Scope | None:
    """Return the scope that an endpoint of the API requires; None: it is public, or closed."""
    return getattr(current_app.view_functions[endpoint], "scope", None)


def recently_authenticated(view: View) -> View:
    """Mark a view that requires reauthentication (OWASP ASVS 7.5.1) when the last proof of who the
    viewer is lies too long ago (REAUTHENTICATE_AFTER_S)."""
    view.requires_recent_authentication = True  # type: ignore[attr-defined]
    return view


def loads_with_account(option: Callable[[], ORMOption]) -> Callable[[View], View]:
    """Mark a view that shows more of the viewer's account: ``option`` returns the loader option of
    SQLAlchemy that reads it with the account, in the same statement."""
    made_once = cache(option)  # so that the statement is built once, too

    def mark(view: View) -> View:
        view.loads_with_account = made_once  # type: ignore[attr-defined]
        return view

    return mark


def list_account_options(endpoint: str | None) -> tuple[ORMOption, ...]:
    """Return the loader options with which the account is read for an endpoint."""
    view = current_app.view_functions.get(endpoint or "")
    option = getattr(view, "loads_with_account", None)
    return (option(),) if option else ()


def required_access(endpoint: str) -> str | None:
    """Return what an endpoint requires: PUBLIC, SIGNED_IN, a Permission, or None if nothing is
    declared."""
    if endpoint in PUBLIC_ENDPOINTS:
        return PUBLIC
    return getattr(current_app.view_functions[endpoint], "access", None)


def requires_recent_authentication(endpoint: str) -> bool:
    """Tell whether an endpoint may ask for reauthentication."""
    return getattr(current_app.view_functions[endpoint], "requires_recent_authentication", False)


def init_app(app: Flask) -> None:
    token_limits.init_app(app)
    app.before_request(_enforce)


def _enforce() -> ResponseReturnValue | None:
    if request.endpoint is None:  # no such route: 404 or 405 follow
        return None
    required = required_access(request.endpoint)
    if required == PUBLIC:
        return None
    if required is None:
        abort(403)
    if is_api_request():
        _enforce_token(request.endpoint, required)
        return None
    if not current_user.is_authenticated:
        response: ResponseReturnValue = login_manager.unauthorized()
        return response
    if isinstance(required, Permission):
        if not current_user.has_permission(required):
            _record_denied_access(request.endpoint)
            abort(403)
        if not _has_second_factor():
            return redirect(url_for("auth.second_factor.index", next=find_current_page_path()), 303)
    is_recent = current_user.login_session.is_recently_authenticated
    if requires_recent_authentication(request.endpoint) and not is_recent:
        if request.method not in ("GET", "HEAD"):
            session["button_was_pressed"] = True  # they are told to press the button again
        return redirect(
            url_for("auth.reauthentication.reauthenticate", next=find_current_page_path()), 303
        )
    return None


def _enforce_token(endpoint: str, required: str) -> None:
    """Check the access token of a request to the API. A session authenticates nobody there."""
    if request.method == "OPTIONS":  # what browsers ask before a request (CORS), without a token
        return
    token = current_user.api_token if current_user.is_authenticated else None
    if token is None:
        abort(401)
    token_limits.count_request((current_user.id, token.rate_limit_subject))
    scope = find_required_scope(endpoint)
    if scope is None:  # a view for pages only
        abort(403)
    if scope not in token.scopes:
        raise InsufficientScope(scope=scope)
    if isinstance(required, Permission):
        if not current_user.has_permission(required):
            _record_denied_access(endpoint)
            abort(403)
        if current_app.config["SECOND_FACTOR_REQUIRED"] and not token.second_factor:
            abort(403)


def _record_denied_access(endpoint: str) -> None:
    """Write to the audit trail that an account was refused a page; at most some times an hour."""
    limit = rate_limits.Limit(*current_app.config["LIMIT_DENIED_EVENTS"])
    try:
        rate_limits.count_attempt([rate_limits.make_bucket("denied", limit, current_user.id)])
    except rate_limits.TooManyTries:
        return
    audit_event = audit_event_statement(
        AuditKind.ACCESS_DENIED, endpoint=endpoint, method=request.method
    )
    execute_write(audit_event, idempotent=True)


def _has_second_factor() -> bool:
    needed: bool = current_app.config["SECOND_FACTOR_REQUIRED"]
    return not needed or current_user.login_session.second_factor


def find_current_page_path() -> str | None:
    """Return the path of the requested page, or for a POST the path of the page it came from."""
    if request.method in ("GET", "HEAD"):
        return request.full_path if request.query_string else request.path
    try:
        referrer = urlsplit(request.referrer or "")
    except ValueError:  # what browsers never send
        return None
    return referrer.path if referrer.netloc == request.host else None


def staff_cities(permission: Permission) -> list[City]:
    """Return the cities where the viewer has a permission."""
    return [
        city for city in catalogue().all() if current_user.has_permission(permission, city.name)
    ]


def require_all_cities(permission: Permission) -> None:
    """Answer 404 if the viewer has a permission in some cities only."""
    if current_user.cities_with_permission(permission) is not None:
        abort(404)


def staff_city_or_404(name: str | None, permission: Permission) -> City:
    """Return the city of that name if the viewer has a permission there, else answer 404.

    Without a name it is the visitor's city, or without the permission there, the first of the
    viewer's.
    """
    cities = {city.name: city for city in staff_cities(permission)}
    if name:
        return cities.get(city_or_404(name).name) or abort(404)
    usual = visitors_city()
    first = next(iter(cities.values()), None)
    return (usual and cities.get(usual.name)) or first or abort(404)
