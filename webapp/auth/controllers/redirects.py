"""Redirects after sign-in and reauthentication."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth import pending_login
from webapp.auth.devices import current_device
from webapp.auth.login_manager import write_session_cookie
from webapp.auth.services import login
from webapp.auth.services.login import LoginAttempt
from webapp.web.urls import find_safe_next


def next_url(requested: str | None = None, default: str = "fleet.search.home") -> str:
    """Return the page that was requested before the sign-in.

    requested: its URL; by default the parameter ``next`` of this request. It is used only when it
        is on this site.
    default: the endpoint to go to without one.
    """
    return find_safe_next(requested or request.args.get("next"), url_for(default))


def continue_login(
    attempt: LoginAttempt,
    *,
    remember: bool,
    password: str | None = None,
    requested: str | None = None,
) -> ResponseReturnValue:
    """Sign in to the account of the attempt, and redirect to the requested page.

    An account with a second factor is asked for a code first.
    """
    if attempt.needs_second_factor:
        login.finish_first_factor(attempt, current_device(), password)
        factor = attempt.factor
        pending_login.start(
            attempt.user,
            remember,
            has_app=factor.has_app,
            has_passkeys=factor.number_of_passkeys > 0,
        )
        after_code = requested or request.args.get("next")
        return redirect(url_for("auth.second_factor.enter_code", next=after_code), 303)
    user = login.sign_in(attempt, current_device(), remember=remember, password=password)
    write_session_cookie(user)
    return redirect(next_url(requested), 303)
