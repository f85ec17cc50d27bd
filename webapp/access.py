"""Who may call which route. Every view says it; a view that says nothing is closed.

The decorators only mark the function, so it does not matter whether they stand above or below the
route. One hook enforces them all.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, request
from flask_login import current_user

from webapp.auth.models import Role
from webapp.extensions import login_manager

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"

#: Views that come with Flask and its extensions: files that everyone may read.
PUBLIC_ENDPOINTS = {"static", "bootstrap.static", "leaflet.static"}


def public(view: View) -> View:
    """Mark a view that everyone may call."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Mark a view for everyone who has signed in."""
    return only(Role.RIDER)(view)


def only(role: Role) -> Callable[[View], View]:
    """Mark a view for accounts with ``role``."""

    def mark(view: View) -> View:
        view.access = role  # type: ignore[attr-defined]
        return view

    return mark


def rule(endpoint: str) -> str | None:
    """Return what an endpoint demands: ``public``, a role, or None when nothing is declared."""
    if endpoint in PUBLIC_ENDPOINTS:
        return PUBLIC
    return getattr(current_app.view_functions[endpoint], "access", None)


def init_app(app: Flask) -> None:
    app.before_request(_enforce)


def _enforce() -> Any:
    if request.endpoint is None:  # no such route: 404 or 405 follow
        return None
    required = rule(request.endpoint)
    if required == PUBLIC:
        return None
    if required is None:
        abort(403)
    if not current_user.is_authenticated:
        return login_manager.unauthorized()
    if not current_user.has_role(required):
        abort(403)
    return None
