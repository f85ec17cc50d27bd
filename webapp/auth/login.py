"""The one module that knows Flask-Login: whose request this is, and where to send strangers."""

from urllib.parse import urlsplit

from flask import Flask, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.models import User
from webapp.auth.services import user_at
from webapp.errors import error_page
from webapp.extensions import login_manager
from webapp.keys import RowKey


def init_app(app: Flask) -> None:
    # Binding a session to the address and the browser signs phones out on the way.
    login_manager.session_protection = None
    login_manager.user_loader(_load_user)
    login_manager.unauthorized_handler(_ask_to_sign_in)


def _load_user(written: str) -> User | None:
    if g.get("failsafe"):  # an error page is being made: the database may be what is broken
        return None
    try:
        key = RowKey.parse(written)
    except ValueError:
        return None
    # What a request changes is decided on what is true now.
    user = user_at(key, may_be_stale=request.method in ("GET", "HEAD"))
    if user and user.key != key:  # the account has moved to another region
        session["_user_id"] = user.get_id()
    return user


def _ask_to_sign_in() -> ResponseReturnValue:
    if request.accept_mimetypes.best == "application/json":
        return error_page(401)
    return redirect(url_for("auth.login", next=_where_they_were()), 303)


def _where_they_were() -> str | None:
    """The page itself, or for a button the page on which it stood."""
    if request.method in ("GET", "HEAD"):
        return request.full_path if request.query_string else request.path
    try:
        referrer = urlsplit(request.referrer or "")
    except ValueError:  # what browsers never send
        return None
    return referrer.path if referrer.netloc == request.host else None
