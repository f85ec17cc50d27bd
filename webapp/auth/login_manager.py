"""The one module that knows Flask-Login: whose request this is, and where to send strangers."""

import logging
from uuid import UUID, uuid4

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user
from sqlalchemy.exc import SQLAlchemyError

from webapp.auth.devices import Device
from webapp.auth.models import User
from webapp.auth.services import sessions
from webapp.db.keys import RowKey
from webapp.db.transactions import AmbiguousCommit
from webapp.errors import error_page
from webapp.extensions import login_manager
from webapp.regions.catalogue import catalogue
from webapp.web import access
from webapp.web.security_headers import cookie_name

log = logging.getLogger(__name__)

#: How long a browser is remembered, so that only a new one is told by mail.
DEVICE_COOKIE_S = 400 * 24 * 3600


def init_app(app: Flask) -> None:
    # Binding a session to the address and the browser signs phones out on the way.
    login_manager.session_protection = None
    login_manager.user_loader(_load_user)
    login_manager.unauthorized_handler(_ask_to_sign_in)
    app.after_request(_note_that_it_is_used)
    app.after_request(_send_device_cookie)


def enter(user: User) -> None:
    """Let the browser into the session ``user.login``. Nothing of the visitor's old one lives on,
    its CSRF token included."""
    session.clear()
    session.permanent = user.login.remember
    login_user(user)
    session.pop("_id", None)  # a digest of the browser, which protects nothing here


def leave() -> None:
    """Forget who is here, in the browser; the session itself ends with sessions.end."""
    session.clear()


def follow(moved: RowKey) -> None:
    """Write the cookie anew: the account has moved to another region, and its session with it."""
    session["_user_id"] = str(RowKey(moved.region, current_user.login.id))


def _load_user(written: str) -> User | None:
    if g.get("failsafe"):  # an error page is being made: the database may be what is broken
        return None
    try:
        key = RowKey.parse(written)
    except ValueError:  # of an earlier version
        return None
    # Old by seconds is good enough for what everybody may see, with a name in the corner. What is
    # personal, and what changes something, is decided on what is true now.
    is_public = request.endpoint is not None and access.rule(request.endpoint) == access.PUBLIC
    user = sessions.find(
        key,
        may_be_stale=is_public and request.method in ("GET", "HEAD"),
        options=access.account_options(request.endpoint),
    )
    if user is None:
        session.pop("_user_id", None)  # it ended: do not ask again
    elif user.login.key != key:  # the account has moved to another region
        session["_user_id"] = user.get_id()
    return user


def this_device() -> Device:
    """Return what the request tells about its browser; to a new one the answer brings a cookie."""
    named = request.headers.get("X-City")  # not looked for when it is not there: that is a trip
    city = catalogue().find(named) if named else None
    return Device(
        id=_known_device() or g.setdefault("new_device", uuid4()),
        agent=request.user_agent.string,
        address=request.remote_addr or "",
        city=city.name if city else None,
    )


def _device_cookie() -> str:
    return cookie_name("device")


def _known_device() -> UUID | None:
    try:
        return UUID(request.cookies.get(_device_cookie(), ""))
    except ValueError:
        return None


def _send_device_cookie(response: Response) -> Response:
    if device := g.get("new_device"):
        response.set_cookie(
            _device_cookie(),
            str(device),
            max_age=DEVICE_COOKIE_S,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
    return response


def _note_that_it_is_used(response: Response) -> Response:
    """Write when the session was last seen, at most once a minute, after the answer has left."""
    user = g.get("_login_user")
    if isinstance(user, User) and user.login.is_due and response.status_code < 500:
        app, key = current_app._get_current_object(), user.login.key  # type: ignore[attr-defined]

        def write() -> None:
            with app.app_context():
                try:
                    sessions.seen(key)
                except (SQLAlchemyError, AmbiguousCommit) as error:
                    log.warning("last seen was not written: %s", type(error).__name__)

        response.call_on_close(write)
    return response


def _ask_to_sign_in() -> ResponseReturnValue:
    if request.accept_mimetypes.best == "application/json":
        return error_page(401)
    return redirect(url_for("auth.login", next=access.where_they_were()), 303)
