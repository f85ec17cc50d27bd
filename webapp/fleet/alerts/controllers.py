"""The settings of a city's alerts, for its manager; and muting one for a vehicle."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.edits import save_edit
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.forms import AlertForm, MuteForm, make_alert_form
from webapp.fleet.alerts.labels import ALERT_LABELS, unit_label
from webapp.fleet.alerts.settings import (
    AlertChoice,
    change_alert,
    change_threshold,
    find_alert_vehicle,
    find_choice,
    mute_vehicle_alert,
)
from webapp.forms import render_form
from webapp.hooks import AlertCounter, get_hooks
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.translations import gettext as _
from webapp.web.access import requires, staff_cities, staff_city_or_404
from webapp.web.roles import Permission

bp = Blueprint("alerts", __name__)


@bp.get("/fleet/alerts")
@requires(Permission.MANAGE_ALERTS)
def index() -> ResponseReturnValue:
    """From when on each alert of a city counts, and which are muted."""
    city = staff_city_or_404(request.args.get("city"), Permission.MANAGE_ALERTS)
    return render_template(
        "fleet/alerts/index.html",
        city=city,
        cities=staff_cities(Permission.MANAGE_ALERTS),
        alerts=[(each, find_choice(city.name, each.kind)) for each in _list_counters()],
    )


@bp.route("/fleet/alerts/<city_name>/<alert_name>", methods=["GET", "POST"])
@requires(Permission.MANAGE_ALERTS)
def edit(city_name: str, alert_name: str) -> ResponseReturnValue:
    """Change from when on an alert counts, or mute it for a time."""
    city, counter = staff_city_or_404(city_name, Permission.MANAGE_ALERTS), _find(alert_name)
    choice, form = find_choice(city.name, counter.kind), make_alert_form(counter)
    form.set_unit(counter.unit, unit_label(counter))
    form.set_choice(choice)
    if form.validate_on_submit() and _save(form, city, counter):
        flash(_("Alert saved."), "success")
        return redirect(url_for(".index", city=city.name), 303)
    if not form.is_submitted():
        form = _show_alert(counter, choice)
    return render_form("fleet/alerts/edit.html", form, city=city, counter=counter)


def _show_alert(counter: AlertCounter, choice: AlertChoice) -> AlertForm:
    """Return the form with what is stored."""
    form = make_alert_form(counter, None)
    form.set_unit(counter.unit, unit_label(counter))
    form.set_choice(choice)
    form.fill(counter)
    return form


def _save(form: AlertForm, city: City, counter: AlertCounter) -> bool:
    """Save the form, or let it show what somebody else has changed."""
    threshold, why = form.threshold.data if counter.unit else None, form.reason.data or ""

    def save(old: AlertChoice) -> None:
        if form.mute_h.data == "keep":
            change_threshold(city, counter, old, threshold, why)
        else:
            change_alert(city, counter, old, threshold, form.mute, why)

    def read() -> AlertChoice:
        form.set_choice(find_choice(city.name, counter.kind, max_age_s=0))
        return form.choice

    return save_edit(
        form,
        form.choice,
        fill=lambda choice: _show_alert(counter, choice),
        save=save,
        read=read,
    )


@bp.route("/fleet/vehicles/<key:vehicle_key>/alerts/<alert_name>", methods=["GET", "POST"])
@requires(Permission.MANAGE_ALERTS)
def mute(vehicle_key: RowKey, alert_name: str) -> ResponseReturnValue:
    """Mute an alert for one vehicle."""
    if alert_name not in list(AlertKind):
        abort(404)
    kind, form = AlertKind(alert_name), MuteForm()
    vehicle = find_alert_vehicle(current_user, vehicle_key)
    if form.validate_on_submit() and form.mute:
        mute_vehicle_alert(vehicle, kind, form.mute)
        flash(_("Muted. The alert does not count this vehicle until then."), "success")
        return redirect(url_for("fleet.staff.index", city=vehicle.city, alert=kind), 303)
    return render_form(
        "fleet/alerts/mute.html",
        form,
        vehicle=vehicle,
        kind=kind,
        label=ALERT_LABELS[kind],
        city=catalogue().find(vehicle.city),
    )


def _list_counters() -> list[AlertCounter]:
    """Return the alerts that are about one city."""
    return [counter for counter in get_hooks().alert_counters if not counter.in_all_cities]


def _find(alert_name: str) -> AlertCounter:
    counters = {counter.kind: counter for counter in _list_counters()}
    return counters.get(alert_name) or abort(404)
