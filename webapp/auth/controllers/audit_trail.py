"""The audit trail, for admins: as pages and as a CSV file."""

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.audit import queries
from webapp.audit.models import AuditEvent
from webapp.auth.forms.audit_trail import EventsForm
from webapp.auth.queries import find_account_in_cities
from webapp.auth.services.users import UnknownUser
from webapp.auth.subject_names import find_subject_names
from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor
from webapp.forms import choices, city_choices, render_form
from webapp.regions.catalogue import catalogue, city_or_404
from webapp.regions.data_regions import list_data_regions
from webapp.regions.models import City
from webapp.translations import pgettext
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.responses import as_csv, attachment
from webapp.web.roles import Permission
from webapp.web.urls import url_with_query

bp = Blueprint("audit_trail", __name__)

COLUMNS = ("at", "kind", "actor", "subject", "address", "request_id", "details")


@bp.get("/events")
@requires(Permission.VIEW_AUDIT_TRAIL)
def index() -> ResponseReturnValue:
    """Admins of all cities read the events of a region; other admins what staff did in one of
    their cities. What riders do has no city: the page of an account shows its own events."""
    form, user_key = _read_form()
    if form.errors:
        return render_form("auth/audit_trail.html", form, page=None, city=None)
    if user_key and form.account.data != str(user_key):  # URLs hold no names or e-mail addresses
        query_args = {**request.args.to_dict(), "account": str(user_key)}
        return redirect(url_with_query(".index", query_args))
    city = _city_of_clock(form)
    after = read_time_cursor(request.args.get("after"))
    page = queries.find_events_page(form.audit_filter(user_key, city.zone), after)
    query_args = {name: value for name, value in request.args.items() if name in form and value}
    return render_template(
        "auth/audit_trail.html",
        form=form,
        page=page,
        names=find_subject_names(page.rows),
        city=city,
        query_args=query_args,
        all_args={name: value for name, value in query_args.items() if name != "subject"},
    )


@bp.get("/events.csv")
@requires(Permission.VIEW_AUDIT_TRAIL)
def download_csv() -> ResponseReturnValue:
    """All events that the filter of the page finds, as a file."""
    form, user_key = _read_form()
    if form.errors:
        abort(404)
    audit_filter = form.audit_filter(user_key, _city_of_clock(form).zone)
    rows = map(_make_csv_row, queries.stream_events(audit_filter))
    return attachment(as_csv(COLUMNS, rows), "movr-events.csv", "text/csv")


def _read_form() -> tuple[EventsForm, RowKey | None]:
    """Return the validated form, and the key of the account that it names."""
    form = EventsForm(request.args)
    regions = {*list_data_regions(), current_user.region}
    form.region.choices = choices((region, region) for region in sorted(regions))
    _choose_city(form)
    form.region.data = form.region.data or current_user.region
    user_key = None
    if form.validate() and form.account.data:
        user_key = _find_user_key(form.account.data)
        if user_key is None:
            form.account.errors = [UnknownUser.message]
    return form, user_key


def _choose_city(form: EventsForm) -> None:
    """Let admins of some cities choose one of these, by default their usual one; 404 for another.
    What staff did in a city is in its region."""
    cities = staff_cities(Permission.VIEW_AUDIT_TRAIL)
    if current_user.cities_with_permission(Permission.VIEW_AUDIT_TRAIL) is None:
        form.city.choices = choices([("", pgettext("cities", "All"))]) + city_choices(cities)
    else:
        form.city.choices = city_choices(cities)
        form.city.data = staff_city_or_404(form.city.data, Permission.VIEW_AUDIT_TRAIL).name
    if form.city.data and (city := catalogue().find(form.city.data)):
        form.region.data = city.region


def _city_of_clock(form: EventsForm) -> City:
    """Return the city in whose times the events are shown."""
    return city_or_404(form.city.data or current_user.city)


def _find_user_key(text: str) -> RowKey | None:
    """Return the key that the text is, also of a deleted account, or that of the account of the
    viewer's cities with this username or e-mail address."""
    try:
        return RowKey.parse(text)
    except ValueError:
        city_names = {city.name for city in staff_cities(Permission.VIEW_AUDIT_TRAIL)}
        user = find_account_in_cities(text, city_names)
        return user.key if user else None


def _make_csv_row(event: AuditEvent) -> dict[str, object]:
    return {column: getattr(event, column) for column in COLUMNS}
