"""The receipt of a ride, and the form that rates it."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.forms import add_refusal, render_form
from webapp.rides.disputes.services import find_dispute_refusal
from webapp.rides.forms import RatingForm
from webapp.rides.labels import STAR_LABELS
from webapp.rides.models import Ride
from webapp.rides.queries import find_ride
from webapp.rides.services import rating
from webapp.rides.services.receipts import make_receipt
from webapp.translations import gettext as _
from webapp.web.access import signed_in

bp = Blueprint("receipts", __name__)


def receipt_page(ride: Ride, form: RatingForm | None = None) -> ResponseReturnValue:
    """Return the receipt of an ended ride, with the form that rates it."""
    saved = (
        {
            "stars": str(ride.rating),
            "note": ride.rating_note,
            "note_is_public": ride.note_is_public,
        }
        if ride.rating
        else {}
    )
    form = form or RatingForm(data=saved)
    if ride.note_hidden_at:
        form.explain_hidden_note()
    return render_form(
        "rides/receipt.html",
        form,
        receipt=make_receipt(ride, ride.dispute),
        ride=ride,
        can_rate=rating.can_rate(ride),
        star_labels=STAR_LABELS,
        can_dispute=ride.dispute is not None or find_dispute_refusal(ride) is None,
    )


@bp.post("/rides/<key:ride_key>/rating")
@signed_in
def rate(ride_key: RowKey) -> ResponseReturnValue:
    """Rate a ride, or change its rating."""
    form = RatingForm()
    if form.validate_on_submit():
        try:
            rating.rate_ride(current_user.key, ride_key, form.rating)
            flash(_("Thank you."), "success")
            return redirect(url_for("rides.ride.show", ride_key=ride_key), 303)
        except rating.RatingPeriodOver as refusal:
            add_refusal(form, refusal)
    ride = find_ride(current_user.key, ride_key)
    if ride.ended_at is None:
        return redirect(url_for("rides.ride.show", ride_key=ride.key), 303)
    return receipt_page(ride, form)


@bp.post("/rides/<key:ride_key>/rating/withdraw")
@signed_in
def withdraw_rating(ride_key: RowKey) -> ResponseReturnValue:
    """Take the rating of a ride back."""
    rating.withdraw_rating(current_user.key, ride_key)
    flash(_("You have taken your rating back."), "success")
    return redirect(url_for("rides.ride.show", ride_key=ride_key), 303)
