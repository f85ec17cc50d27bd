"""One ride: unlock, watch the clock and the price, pause, and end."""

from datetime import UTC, datetime, timedelta

from flask import (
    Blueprint,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import joinedload

from webapp.auth.services.email_confirmation import check_email_confirmed
from webapp.db.keys import RowKey
from webapp.errors import DomainError
from webapp.fleet.favourites.controllers import loads_saved_places
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.unlock_codes.services import find_vehicle_by_code
from webapp.forms import add_refusal, join_errors
from webapp.money import format_amount
from webapp.regions.catalogue import catalogue, find_visitors_region
from webapp.regions.features import FeatureOff
from webapp.rides.controllers.receipts import receipt_page
from webapp.rides.forms import EndForm
from webapp.rides.models import Ride
from webapp.rides.prices import forecast_open_ride, longest_ride, quote_open_ride
from webapp.rides.queries import find_ride
from webapp.rides.refusal_pages import refusal_page
from webapp.rides.reminders.forms import ReminderForm
from webapp.rides.services.end import end_ride
from webapp.rides.services.parking import (
    ParkingCosts,
    ParkingForbidden,
    find_place_near_start,
    list_places_near_start,
)
from webapp.rides.services.pause import pause_ride, resume_ride
from webapp.rides.services.start import start_ride
from webapp.rides.start_form import StartForm, agree_to_shown_terms
from webapp.templating import describe_direction
from webapp.translations import gettext as _
from webapp.web.access import signed_in
from webapp.web.kept_pages import keep_for_account
from webapp.web.responses import wants_json

bp = Blueprint("ride", __name__)


@bp.get("/rides/<key:ride_key>")
@signed_in
@loads_saved_places
def show(ride_key: RowKey) -> ResponseReturnValue:
    """Show the running ride with the form that ends it, or the receipt of an ended one."""
    return ride_page(find_running_ride(ride_key))


@bp.post("/rides/start/<key:vehicle_key>")
@signed_in
def start(vehicle_key: RowKey) -> ResponseReturnValue:
    """Start a ride on a vehicle."""
    try:
        return _start(vehicle_key)
    except DomainError as refusal:
        return refusal_page(refusal, url_for("fleet.vehicles.show", vehicle_key=vehicle_key))


@bp.post("/v/<code>")
@signed_in
def unlock(code: str) -> ResponseReturnValue:
    """Start a ride with the code that is printed on the vehicle."""
    lookup = find_vehicle_by_code(code, current_user, request.remote_addr, find_visitors_region())
    try:
        return _start(lookup.vehicle.public_key)
    except DomainError as refusal:
        return refusal_page(refusal, request.path, shows_nearest=False)


def _start(vehicle_key: RowKey) -> ResponseReturnValue:
    check_email_confirmed(current_user)
    form = StartForm()
    agree_to_shown_terms(form)
    ride_key = start_ride(current_user.key, vehicle_key, form.seen_plan_id)
    return redirect(url_for("rides.ride.show", ride_key=ride_key), 303)


@bp.post("/rides/pause/<key:ride_key>")
@signed_in
def pause(ride_key: RowKey) -> ResponseReturnValue:
    """Pause a ride. The vehicle stays the rider's, and the price goes on."""
    try:
        pause_ride(current_user.key, ride_key)
    except FeatureOff as refusal:
        flash(refusal.message, "warning")
    return redirect(url_for("rides.ride.show", ride_key=ride_key), 303)


@bp.post("/rides/resume/<key:ride_key>")
@signed_in
def resume(ride_key: RowKey) -> ResponseReturnValue:
    """Go on with a paused ride."""
    resume_ride(current_user.key, ride_key)
    return redirect(url_for("rides.ride.show", ride_key=ride_key), 303)


@bp.post("/rides/end/<key:ride_key>")
@signed_in
@loads_saved_places
def end(ride_key: RowKey) -> ResponseReturnValue:
    """End a ride where the vehicle stands now, or stood when a phone without network ended it. Our
    own script gets JSON."""
    form = EndForm(current_user.saved_places)
    if form.validate_on_submit():
        try:
            end_ride(
                current_user.key,
                ride_key,
                form.place,
                form.agreed.data or 0,
                form.spot_or_none,
                form.pressed_ago,
            )
        except DomainError as refusal:
            if refusal.status != 422:
                raise
            add_refusal(form, refusal)
        else:
            flash(_("Thanks for riding! Your ride has ended."), "success")
            url = url_for("rides.ride.show", ride_key=ride_key)
            return {"url": url} if wants_json() else redirect(url, 303)
    if wants_json():
        return {"message": join_errors(form)}, 422
    return ride_page(find_running_ride(ride_key), form)


def find_running_ride(ride_key: RowKey) -> Ride:
    """Return the viewer's ride with what ``ride_page`` shows. Raises NotFound."""
    return find_ride(current_user.key, ride_key, joinedload(Ride.reminders))


def ride_page(
    ride: Ride, end_form: EndForm | None = None, reminder_form: ReminderForm | None = None
) -> ResponseReturnValue:
    """Return the page of a running ride, or the receipt of one that has ended: perhaps in another
    tab, so that what was typed here has no effect.

    The controller ``loads_saved_places``.
    """
    if ride.ended_at:
        return receipt_page(ride)
    form = end_form or EndForm(current_user.saved_places)
    reminder_form = reminder_form or ReminderForm.for_ride(ride)
    now = datetime.now(UTC)
    duration = now - ride.started_at
    parking_refusal = _find_parking_refusal(form)
    _offer_places(form, ride, parking_refusal)
    response = make_response(
        render_template(
            "rides/running.html",
            ride=ride,
            city=catalogue().find(ride.city),
            form=form,
            reminders=[reminder for reminder in ride.reminders if reminder.due_at > now],
            reminder_form=reminder_form,
            duration=duration,
            price=quote_open_ride(ride.plan, duration),
            price_steps=_list_price_steps(ride.plan, duration),
            longest=longest_ride(),
            is_long=duration.total_seconds() > current_app.config["RIDE_REMIND_S"],
            parking_refusal=parking_refusal,
            path_days=current_app.config["SWEEP_AFTER_DAYS"]["paths"],
        )
    )
    response.status_code = 422 if form.errors or reminder_form.errors else 200
    return keep_for_account(response)


def _offer_places(
    form: EndForm, ride: Ride, refusal: ParkingForbidden | ParkingCosts | None
) -> None:
    """Add places where the ride may end to the list of places: parking places near the start of the
    ride, the nearest place to it, and the nearest to the place that was refused."""
    for place in list_places_near_start(ride):
        form.offer_place(place.point, place.name)
    picked_up_at, refused_point = ride.start.point, form.place.point
    if picked_up_at and (near_start := find_place_near_start(ride)):
        direction = describe_direction(near_start, picked_up_at)
        form.offer_place(
            near_start, _("%(direction)s of where I picked it up", direction=direction)
        )
    nearest = refusal.details["parking"].nearest if refusal else None
    if nearest and refused_point:
        direction = describe_direction(nearest, refused_point)
        form.offer_place(nearest, _("Nearest allowed place, %(direction)s", direction=direction))


def _list_price_steps(plan: PricingPlan | None, duration: timedelta) -> list[tuple[int, str]]:
    """Return the next rises of the price: seconds since the start, and the price from then on."""
    if plan is None:
        return []
    currency = plan.tariff.currency
    return [
        (seconds, format_amount(total, currency))
        for seconds, total in forecast_open_ride(plan, duration)
    ]


def _find_parking_refusal(form: EndForm) -> ParkingForbidden | ParkingCosts | None:
    """Return the rule about parking that kept the ride from ending; None if none did."""
    refusal = getattr(form, "refusal", None)
    return refusal if isinstance(refusal, ParkingForbidden | ParkingCosts) else None
