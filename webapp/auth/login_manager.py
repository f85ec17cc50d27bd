"""The one module that knows Flask-Login: whose session a request belongs to."""

import logging
from collections.abc import Callable
from functools import cache, partial

from flask import Flask, Request, Response, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload, undefer
from sqlalchemy.orm.interfaces import ORMOption

from webapp.api import idempotency
from webapp.api.models import IdempotencyKey
from webapp.auth.models import AppToken, User
from webapp.auth.oauth.services.access_tokens import read_access_token
from webapp.auth.oauth.services.app_users import find_app_user, update_last_used_day
from webapp.auth.services import api_tokens, sessions
from webapp.auth.token_text import parse_token_text
from webapp.db.keys import RowKey
from webapp.db.transactions import AmbiguousCommit
from webapp.extensions import login_manager
from webapp.hooks import get_hooks
from webapp.observability.execution import record_account
from webapp.web import access
from webapp.web.api_requests import is_api_request
from webapp.web.error_pages import error_page
from webapp.web.languages import remember_language
from webapp.web.security_headers import clear_site_data

log = logging.getLogger(__name__)

#: Requests that a page sends by itself (static/js/poll.js): an open page is no use of the session.
POLL_HEADER = "X-Poll"
#: What marks such a request of a page without JavaScript, which reloads itself: a parameter of its
#: address.
RELOAD_ARGUMENT = "reload"


def init_app(app: Flask) -> None:
    # Flask-Login's session protection signs people out whose address changes, as phones' do.
    login_manager.session_protection = None
    login_manager.user_loader(_load_user)
    login_manager.request_loader(_load_token_user)
    login_manager.unauthorized_handler(_redirect_to_login)
    app.after_request(_update_last_seen)


def write_session_cookie(user: User) -> None:
    """Sign the browser in to ``user.login_session``. Nothing of its old session cookie remains,
    the CSRF token included."""
    session.clear()
    session.permanent = user.login_session.remember
    login_user(user)
    record_account(user.key)
    remember_language(user.language)
    session.pop("_id", None)  # Flask-Login's digest of the browser, which is not used here


def clear_session_cookie() -> None:
    """Sign the browser out; ``sessions.end_session`` ends the session in the database."""
    session.clear()


def forget_account() -> None:
    """Sign the browser out, and let it delete what it keeps of this account."""
    clear_session_cookie()
    clear_site_data()


def update_session_cookie(user_key: RowKey) -> None:
    """Write the session's new key: its account has moved to the region of ``user_key``."""
    session["_user_id"] = str(RowKey(user_key.region, current_user.login_session.id))


def _load_user(session_key: str) -> User | None:
    if g.get("failsafe"):  # an error page is rendered: the database may be what failed
        return None
    try:
        key = RowKey.parse(session_key)
    except ValueError:  # from an earlier version
        return None
    # A public page may use a copy that is some seconds old, for the name in the header. What is
    # personal, and what changes something, is decided on the present state.
    is_public = (
        request.endpoint is not None and access.required_access(request.endpoint) == access.PUBLIC
    )
    user = sessions.find_user(
        key,
        may_be_stale=is_public and request.method in ("GET", "HEAD"),
        options=(
            *map(undefer, get_hooks().viewer_attributes),
            *access.list_account_options(request.endpoint),
        ),
    )
    if user is None:
        session.pop("_user_id", None)  # the session has ended: the next request asks nothing
    elif user.login_session.key != key:  # the account has moved to another region
        session["_user_id"] = user.get_id()
    if user:
        record_account(user.key)
    return user


def _load_token_user(_: Request) -> User | None:
    """Return the account of the access token that a request to the API carries. Only there: pages
    know sessions."""
    if not is_api_request() or g.get("failsafe"):
        return None
    scheme, _space, credentials = request.headers.get("Authorization", "").partition(" ")
    user = _find_token_user(credentials.strip()) if scheme.lower() == "bearer" else None
    if user:
        record_account(user.key)
    return user


def _find_token_user(credentials: str) -> User | None:
    """Return the account of a personal access token, or of one of an app."""
    address = request.remote_addr or ""
    options = (*access.list_account_options(request.endpoint), *_kept_answer_options())
    if text := parse_token_text(credentials):
        return api_tokens.find_token_user(text, address, options)
    if token := read_access_token(credentials):
        return find_app_user(token, address, options)
    return None


def _kept_answer_options() -> tuple[ORMOption, ...]:
    return (_load_kept_answer(),) if idempotency.has_idempotency_key() else ()


@cache
def _load_kept_answer() -> ORMOption:
    is_same = IdempotencyKey.digest == idempotency.digest_parameter()
    return joinedload(User.kept_answer.and_(is_same))


def _update_last_seen(response: Response) -> Response:
    """Write when the session was last used by its person, or the token by its program, after the
    response has been sent."""
    user = g.get("_login_user")
    if not isinstance(user, User) or response.status_code >= 500 or _is_sent_by_page():
        return response
    if write := _find_due_write(user):
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        response.call_on_close(lambda: _write_last_use(app, write))
    return response


def _find_due_write(user: User) -> Callable[[], None] | None:
    if token := user.api_token:
        if not token.is_last_used_due:
            return None
        if isinstance(token, AppToken):
            return partial(update_last_used_day, user.key, token)
        return partial(api_tokens.update_last_used, token.key)
    is_due, session_key = user.login_session.is_last_seen_due, user.login_session.key
    return partial(sessions.update_last_seen, session_key) if is_due else None


def _write_last_use(app: Flask, write: Callable[[], None]) -> None:
    with app.app_context():
        try:
            write()
        except (SQLAlchemyError, AmbiguousCommit) as error:
            log.warning("cannot write the last use: %s", type(error).__name__)


def _is_sent_by_page() -> bool:
    """Tell whether an open page has sent the request by itself."""
    is_reload = request.method == "GET" and RELOAD_ARGUMENT in request.args
    return is_reload or POLL_HEADER in request.headers


def _redirect_to_login() -> ResponseReturnValue:
    if request.accept_mimetypes.best == "application/json":
        return error_page(401)
    return redirect(url_for("auth.login.sign_in", next=access.find_current_page_path()), 303)
