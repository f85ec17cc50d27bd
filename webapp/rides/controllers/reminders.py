"""Set and remove the reminders of a running ride."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.errors import DomainError, NotFound
from webapp.fleet.favourites.controllers import loads_saved_places
from webapp.forms import add_refusal
from webapp.regions.catalogue import city_or_404
from webapp.rides.controllers.ride import find_running_ride, ride_page
from webapp.rides.reminders.enums import ReminderKind
from webapp.rides.reminders.forms import ReminderForm
from webapp.rides.reminders.labels import describe_reminder
from webapp.rides.reminders.services import remove_reminder, set_reminders
from webapp.web.access import signed_in

bp = Blueprint("reminders", __name__)


@bp.post("/rides/<key:ride_key>/reminders")
@signed_in
@loads_saved_places
def add(ride_key: RowKey) -> ResponseReturnValue:
    """Set a reminder at a time, at a price, or both."""
    ride = find_running_ride(ride_key)
    form = ReminderForm.for_ride(ride)
    if form.validate_on_submit():
        try:
            reminders = set_reminders(current_user.key, ride, form.time.data, form.amount.data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            for reminder in reminders:
                flash(describe_reminder(reminder, city_or_404(ride.city), form.currency), "success")
            # The messages are at the top. Without an anchor, browsers keep that of the form.
            return redirect(url_for("rides.ride.show", ride_key=ride.key, _anchor="top"), 303)
    return ride_page(ride, reminder_form=form)


@bp.post("/rides/<key:ride_key>/reminders/<kind>/remove")
@signed_in
def remove(ride_key: RowKey, kind: str) -> ResponseReturnValue:
    """Remove a reminder."""
    if kind not in set(ReminderKind):
        raise NotFound
    remove_reminder(current_user.key, ride_key, ReminderKind(kind))
    return redirect(url_for("rides.ride.show", ride_key=ride_key, _anchor="reminders"), 303)
