"""The page on which admins manage an account of their cities."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth import account_changes, queries
from webapp.auth.account_changes import AccountChange
from webapp.auth.forms.staff import RoleGrantForm
from webapp.auth.labels import ROLE_DESCRIPTIONS, ROLE_LABELS
from webapp.auth.models import User
from webapp.auth.services import staff_accounts, staff_role_grants
from webapp.auth.subject_names import find_subject_names
from webapp.db.keys import RowKey
from webapp.errors import DomainError
from webapp.forms import add_refusal, choices, city_choices, render_form
from webapp.translations import find_label
from webapp.translations import gettext as _
from webapp.web.access import recently_authenticated, requires, staff_cities
from webapp.web.roles import Permission, Role

bp = Blueprint("staff_accounts", __name__, url_prefix="/users/<key:user_key>/account")


@bp.get("")
@requires(Permission.VIEW_RIDERS)
def account(user_key: RowKey) -> ResponseReturnValue:
    """Staff see the state of an account, and of what belongs to it what their role permits; admins
    also its sessions and newest events."""
    return _account_page(user_key, _role_grant_form())


def _account_page(user_key: RowKey, form: RoleGrantForm) -> ResponseReturnValue:
    details = queries.find_account_details(current_user, user_key)
    if request.method == "GET":
        form.city.data = details.user.city
    return render_form(
        "auth/staff_account.html",
        form,
        account=details,
        names=find_subject_names(details.events),
        role_labels=ROLE_LABELS,
        role_descriptions=ROLE_DESCRIPTIONS,
    )


def _role_grant_form() -> RoleGrantForm:
    form = RoleGrantForm()
    is_admin_everywhere = current_user.cities_with_permission(Permission.MANAGE_ACCOUNTS) is None
    everywhere = choices([("", _("Everywhere"))] if is_admin_everywhere else [])
    form.city.choices = city_choices(staff_cities(Permission.MANAGE_ACCOUNTS)) + everywhere
    form.why.description = ""  # the fields stand in one line
    return form


@bp.route("/close", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
@recently_authenticated
def close(user_key: RowKey) -> ResponseReturnValue:
    """An admin closes an account; it is signed out everywhere."""
    return _change(
        user_key,
        account_changes.CLOSE,
        lambda why: staff_accounts.close_account(current_user, user_key, why),
    )


@bp.route("/reopen", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
@recently_authenticated
def reopen(user_key: RowKey) -> ResponseReturnValue:
    """An admin opens a closed account again."""
    return _change(
        user_key,
        account_changes.REOPEN,
        lambda why: staff_accounts.reopen_account(current_user, user_key, why),
    )


@bp.route("/sessions/end", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
@recently_authenticated
def end_sessions(user_key: RowKey) -> ResponseReturnValue:
    """An admin signs an account out everywhere."""
    return _change(
        user_key,
        account_changes.END_SESSIONS,
        lambda why: staff_accounts.end_sessions(current_user, user_key, why),
    )


@bp.route("/sessions/<uuid:session_id>/end", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
@recently_authenticated
def end_session(user_key: RowKey, session_id: UUID) -> ResponseReturnValue:
    """An admin signs one device of an account out."""
    return _change(
        user_key,
        account_changes.END_SESSION,
        lambda why: staff_accounts.end_sessions(current_user, user_key, why, session_id),
    )


@bp.route("/second-factor/reset", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
@recently_authenticated
def reset_second_factor(user_key: RowKey) -> ResponseReturnValue:
    """An admin turns the second factor off for somebody who has lost it."""
    return _change(
        user_key,
        account_changes.RESET_SECOND_FACTOR,
        lambda why: staff_accounts.reset_second_factor(current_user, user_key, why),
    )


@bp.post("/roles")
@requires(Permission.MANAGE_ACCOUNTS)
@recently_authenticated
def grant_role(user_key: RowKey) -> ResponseReturnValue:
    """An admin grants a role, in a city or everywhere."""
    form = _role_grant_form()
    if not form.validate_on_submit():
        return _account_page(user_key, form)
    role, city_name = Role(form.role.data), form.city.data or None
    staff_role_grants.grant_role(current_user, user_key, role, city_name, form.why.data)
    message = _("Role granted. It takes effect with their next click.")
    return _redirect_to_account(user_key, message)


@bp.route("/roles/<role>/revoke", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
@recently_authenticated
def revoke_role(user_key: RowKey, role: str) -> ResponseReturnValue:
    """An admin revokes a role, in their own cities."""
    if role not in ROLE_LABELS:
        abort(404)
    return _change(
        user_key,
        account_changes.REVOKE_ROLE,
        lambda why: staff_role_grants.revoke_role(current_user, user_key, Role(role), why),
        what=find_label(ROLE_LABELS, role),
    )


def _change(
    user_key: RowKey, change: AccountChange, act: Callable[[str], None], what: str = ""
) -> ResponseReturnValue:
    """Show the page of a change, and do it with the reason that was given.

    what: the thing that is changed, if it is not the account as a whole.
    """
    user, form = _find_account(user_key), change.form_class()
    if form.validate_on_submit():
        try:
            act(form.why.data or "")
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            return _redirect_to_account(user_key, str(change.done))
    return render_form("auth/change_account.html", form, user=user, change=change, what=what)


def _find_account(user_key: RowKey) -> User:
    return queries.find_account(current_user, user_key, Permission.MANAGE_ACCOUNTS)


def _redirect_to_account(user_key: RowKey, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for(".account", user_key=user_key), 303)
