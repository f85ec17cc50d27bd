"""The page of exports, and its files."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.exports.columns import Export, ExportTable
from webapp.exports.enums import ExportFormat, ExportPeriod, TableName
from webapp.exports.files import MEDIA_TYPES, make_file_name, stream_file
from webapp.exports.forms import DAY_FIELDS, FORMS, ExportForm
from webapp.exports.labels import FORMAT_LABELS, PERIOD_LABELS
from webapp.exports.scheduled import (
    TooManyScheduled,
    end_scheduled_export,
    list_scheduled_exports,
    schedule_export,
)
from webapp.exports.services import record_export
from webapp.exports.tables import TABLES
from webapp.forms import add_refusal, city_choices, render_form
from webapp.regions.models import City
from webapp.translations import gettext as _
from webapp.web.access import recently_authenticated, requires, staff_cities, staff_city_or_404
from webapp.web.responses import binary_attachment
from webapp.web.roles import Permission

bp = Blueprint("exports", __name__)


@bp.get("/fleet/exports")
@requires(Permission.EXPORT_DATA)
@recently_authenticated
def index() -> ResponseReturnValue:
    """What can be exported of a city; with ``table`` the filter and the columns of one table."""
    city = staff_city_or_404(request.args.get("city"), Permission.EXPORT_DATA)
    table = _read_table(city)
    if table is None:
        return _list_tables(city)
    return _show_table(table, city, _read_form(table, city))


@bp.post("/fleet/exports")
@requires(Permission.EXPORT_DATA)
@recently_authenticated
def download() -> ResponseReturnValue:
    """Download the table that the address names, with its filter."""
    city = staff_city_or_404(request.args.get("city"), Permission.EXPORT_DATA)
    table = _read_table(city)
    if table is None:
        return _list_tables(city), 422
    form, format_name = _read_form(table, city), request.form.get("format", "")
    if format_name not in table.formats:
        form.form_errors = [_("Choose a format.")]
    if form.errors:
        return _show_table(table, city, form)
    export, file_format = _make_export(table, form, city), ExportFormat(format_name)
    record_export(current_user.id, export, file_format, form.query_args)
    name = make_file_name(export, file_format, _find_today(city))
    return binary_attachment(stream_file(export, file_format), name, MEDIA_TYPES[file_format])


@bp.post("/fleet/exports/scheduled")
@requires(Permission.EXPORT_DATA)
def schedule() -> ResponseReturnValue:
    """Send the link of an export again and again: of the table and the filter in the address."""
    city = staff_city_or_404(request.args.get("city"), Permission.EXPORT_DATA)
    table = _read_table(city)
    if table is None:
        return _list_tables(city), 422
    form, period = _read_form(table, city), request.form.get("period", "")
    if period not in list(ExportPeriod):
        form.form_errors = [_("Choose how often.")]
    if form.errors:
        return _show_table(table, city, form)
    filters = {name: form.query_args[name] for name in form.query_args if name not in DAY_FIELDS}
    try:
        schedule_export(
            current_user.key, table, city, filters, ExportPeriod(period), datetime.now(UTC)
        )
    except TooManyScheduled as refusal:
        add_refusal(form, refusal)
        return _show_table(table, city, form)
    flash(_("Scheduled export saved. The link comes by e-mail."), "success")
    return redirect(url_for(".index", city=city.name), 303)


@bp.post("/fleet/exports/scheduled/end")
@requires(Permission.EXPORT_DATA)
def end_scheduled() -> ResponseReturnValue:
    """End one of the viewer's scheduled exports."""
    city = staff_city_or_404(request.args.get("city"), Permission.EXPORT_DATA)
    if export_id := request.form.get("id", type=UUID):
        end_scheduled_export(current_user.key, export_id)
        flash(_("Ended."), "info")
    return redirect(url_for(".index", city=city.name), 303)


def _read_table(city: City) -> ExportTable[Any] | None:
    """Return the table that the address names; 404 if the viewer may not export it in the city.
    None: it names none. (Any: of any rows)"""
    name = request.args.get("table")
    if not name:
        return None
    table = TABLES[TableName(name)] if name in list(TableName) else abort(404)
    return table if _may_export(table, city) else abort(404)


def _may_export(table: ExportTable[Any], city: City) -> bool:
    """Tell whether the viewer may export a table of a city. (Any: of any rows)"""
    if table.in_all_cities and current_user.cities_with_permission(table.permission) is not None:
        return False
    return bool(current_user.has_permission(table.permission, city.name))


def _read_form(table: ExportTable[Any], city: City) -> ExportForm:
    """Return the validated filter in the address, of a city where the viewer may export."""
    form = FORMS[table.name](request.args)
    cities = staff_cities(Permission.EXPORT_DATA)
    form.city.choices = city_choices([each for each in cities if _may_export(table, each)])
    form.city.data = city.name
    form.fill_in(_find_today(city))
    form.validate()
    return form


def _make_export(table: ExportTable[Any], form: ExportForm, city: City) -> Export[Any]:
    sees_persons = current_user.has_permission(Permission.VIEW_RIDERS, city.name)
    export_filter = form.make_filter(city, reads_persons=sees_persons)
    return Export(table, export_filter, table.columns_for(_permissions_in(city)))


def _permissions_in(city: City) -> Callable[[Permission], bool]:
    return partial(current_user.has_permission, city_name=city.name)


def _find_today(city: City) -> date:
    return datetime.now(UTC).astimezone(city.zone).date()


def _list_tables(city: City) -> str:
    may = _permissions_in(city)
    tables = [each for each in TABLES.values() if _may_export(each, city)]
    cities = staff_cities(Permission.EXPORT_DATA)
    return render_template(
        "exports/index.html",
        city=city,
        cities=cities,
        tables=tables,
        may=may,
        scheduled_exports=list_scheduled_exports(current_user.key),
        table_labels={each.name: each.label for each in TABLES.values()},
        period_labels=PERIOD_LABELS,
    )


def _show_table(table: ExportTable[Any], city: City, form: ExportForm) -> ResponseReturnValue:
    return render_form(
        "exports/table.html",
        form,
        table=table,
        city=city,
        columns=table.columns_for(_permissions_in(city)),
        format_labels=FORMAT_LABELS,
        period_labels=PERIOD_LABELS,
        query_args={"table": table.name, "city": city.name, **form.query_args},
    )
