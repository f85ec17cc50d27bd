"""What admins do: look after accounts, and read the audit trail."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.audit import queries as trail
from webapp.audit.models import AuditEvent
from webapp.auth.controllers.blueprint import bp
from webapp.auth.forms.staff import EventsForm, GrantForm
from webapp.auth.labels import ROLE_LABELS
from webapp.auth.services import staff
from webapp.auth.services.registration import UnknownUser, find_user
from webapp.db.keys import RowKey
from webapp.db.paging import time_cursor
from webapp.forms import answer, choices, city_choices
from webapp.regions.catalogue import catalogue, city_or_404
from webapp.web.access import fresh, only, staff_cities
from webapp.web.responses import as_csv, attachment
from webapp.web.roles import Role

EVENT_COLUMNS = ("at", "kind", "actor", "subject", "address", "request_id", "details")


# --- accounts ----------------------------------------------------------------------------------


@bp.get("/users/<key:rider>/account")
@only(Role.ADMIN)
def staff_account(rider: RowKey) -> ResponseReturnValue:
    """Admins see an account of their cities: its state, its roles, and what happened lately."""
    return _account_page(rider, _grant_form())


def _account_page(key: RowKey, form: GrantForm) -> ResponseReturnValue:
    account = staff.account_at(current_user, key)
    if request.method == "GET":
        form.city.data = account.user.city
    return answer("auth/staff_account.html", form, account=account, role_labels=ROLE_LABELS)


def _grant_form() -> GrantForm:
    form = GrantForm()
    everywhere = choices([("", _("Everywhere"))] if _is_unlimited() else [])
    form.city.choices = city_choices(staff_cities(Role.ADMIN)) + everywhere
    return form


def _is_unlimited() -> bool:
    return current_user.cities_with_role(Role.ADMIN) is None


@bp.post("/users/<key:rider>/account/disable")
@only(Role.ADMIN)
@fresh
def disable_account(rider: RowKey) -> ResponseReturnValue:
    """An admin closes an account; whoever is in it is out."""
    staff.disable(current_user, rider)
    return _back_to(rider, _("The account is closed, and signed out everywhere."))


@bp.post("/users/<key:rider>/account/enable")
@only(Role.ADMIN)
@fresh
def enable_account(rider: RowKey) -> ResponseReturnValue:
    """An admin opens a closed account again."""
    staff.enable(current_user, rider)
    return _back_to(rider, _("The account is open again."))


@bp.post("/users/<key:rider>/account/sessions/end")
@only(Role.ADMIN)
@fresh
def end_sessions_of(rider: RowKey) -> ResponseReturnValue:
    """An admin signs an account out everywhere."""
    staff.end_sessions(current_user, rider)
    return _back_to(rider, _("The account is signed out everywhere."))


@bp.post("/users/<key:rider>/account/roles")
@only(Role.ADMIN)
@fresh
def grant_role(rider: RowKey) -> ResponseReturnValue:
    """An admin gives a role, in a city or everywhere."""
    form = _grant_form()
    if not form.validate_on_submit():
        return _account_page(rider, form)
    staff.grant(current_user, rider, Role(form.role.data), form.city.data or None)
    return _back_to(rider, _("Done. What the account may do stands below, from the next click on."))


@bp.post("/users/<key:rider>/account/roles/<role>/revoke")
@only(Role.ADMIN)
@fresh
def revoke_role(rider: RowKey, role: str) -> ResponseReturnValue:
    """An admin takes a role, as far as their own cities reach."""
    if role not in ROLE_LABELS:
        abort(404)
    staff.withdraw(current_user, rider, Role(role))
    return _back_to(rider, _("The role is taken."))


def _back_to(key: RowKey, words: str) -> ResponseReturnValue:
    flash(words, "success")
    return redirect(url_for(".staff_account", rider=key), 303)


# --- the trail ---------------------------------------------------------------------------------


@bp.get("/events")
@only(Role.ADMIN)
def events_page() -> ResponseReturnValue:
    """Admins read what happened in a region.

    Only admins of all cities: a region's trail is kept by time, and to find in it the events of
    some cities' accounts would mean to read through all of it. Others see what concerns an account
    of theirs on its own page; here they get a 404.
    """
    form, account = _events_form()
    if form.errors:
        return answer("auth/staff_events.html", form, page=None, city=None)
    if account and form.account.data != str(account):  # neither names nor addresses in addresses
        asked = {**request.args.to_dict(), "account": str(account)}
        return redirect(url_for(".events_page", **asked))  # type: ignore[arg-type]
    city = city_or_404(current_user.city)
    after = time_cursor(request.args.get("after"))
    page = trail.events_page(form.question(account, city.zone), after)
    asked = {name: value for name, value in request.args.items() if name in form and value}
    return render_template(
        "auth/staff_events.html", form=form, page=page, city=city, question=asked
    )


@bp.get("/events.csv")
@only(Role.ADMIN)
def events_csv() -> ResponseReturnValue:
    """The same events, all of them, as a file."""
    form, account = _events_form()
    if form.errors:
        abort(404)
    question = form.question(account, city_or_404(current_user.city).zone)
    rows = map(_as_row, trail.stream_events(question))
    return attachment(as_csv(EVENT_COLUMNS, rows), "movr-events.csv", "text/csv")


def _events_form() -> tuple[EventsForm, RowKey | None]:
    """Return what is asked for, and the key of the account that it names."""
    if not _is_unlimited():
        abort(404)
    form = EventsForm(request.args)
    regions = {city.region for city in catalogue().all()} | {current_user.region}
    form.region.choices = choices((region, region) for region in sorted(regions))
    form.region.data = form.region.data or current_user.region
    account = None
    if form.validate() and form.account.data:
        account = _key_of(form.account.data)
        if account is None:
            form.account.errors = [UnknownUser.message]
    return form, account


def _key_of(text: str) -> RowKey | None:
    """Read the key of an account, also of one that is gone, or look for its name or address."""
    try:
        return RowKey.parse(text)
    except ValueError:
        user = find_user(text)
        return user.key if user else None


def _as_row(event: AuditEvent) -> dict[str, Any]:
    return {column: getattr(event, column) for column in EVENT_COLUMNS}
