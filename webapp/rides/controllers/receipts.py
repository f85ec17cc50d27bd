"""The receipt of a ride with its rating, and looking back on all rides."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import RadioField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.db.keys import RowKey
from webapp.fleet.labels import kind
from webapp.forms import TOO_LONG, Form, LinesField, answer, blame, choices
from webapp.money import format_plain_amount
from webapp.regions.catalogue import city_or_404
from webapp.rides.blueprint import bp
from webapp.rides.disputes.services import why_not
from webapp.rides.history import every_ride, use_of
from webapp.rides.models import Ride
from webapp.rides.queries import ride_of
from webapp.rides.services import rating
from webapp.rides.services.receipts import receipt_number, receipt_of
from webapp.templating import where_words
from webapp.web.access import signed_in
from webapp.web.responses import as_csv, attachment

COLUMNS = (
    "receipt", "started_at", "ended_at", "city", "vehicle", "start", "end", "duration_s",
    "paused_s", "distance_m", "plan", "price", "refunded", "currency", "rating", "rating_note",
)  # fmt: skip

bp.add_app_template_filter(receipt_number)


@bp.app_template_filter("month")
def month_words(day: date, pattern: str) -> str:
    """Return the month of a day: ``July 2026`` for MMMM yyyy."""
    return str(format_date(day, pattern))


class RatingForm(Form):
    stars = RadioField(
        _l("How was it?"),
        choices=choices((str(n), words) for n, words in rating.WORDS.items()),
        validators=[DataRequired(_l("Choose one to five stars."))],
    )
    note = LinesField(
        _l("In your words"),
        description=_l("If you like. We read it, nobody else."),
        validators=[Length(max=280, message=TOO_LONG)],
    )
    submit = SubmitField(_l("Save"))


def receipt_page(ride: Ride, form: RatingForm | None = None) -> ResponseReturnValue:
    """Return the receipt of a ride that has ended, with the form that rates it."""
    rated = {"stars": str(ride.rating), "note": ride.rating_note} if ride.rating else {}
    return answer(
        "rides/receipt.html",
        form or RatingForm(data=rated),
        receipt=receipt_of(ride, ride.dispute),
        ride=ride,
        may_rate=rating.may_rate(ride),
        star_words=rating.WORDS,
        may_ask=ride.dispute is not None or why_not(ride) is None,
    )


@bp.post("/rides/<key:ride>/rating")
@signed_in
def rate(ride: RowKey) -> ResponseReturnValue:
    """A rider says how a ride was."""
    form = RatingForm()
    if form.validate_on_submit():
        try:
            rating.rate(current_user.key, ride, int(form.stars.data), form.note.data or "")
            flash(_("Thank you."), "success")
            return redirect(url_for(".ride", ride=ride), 303)
        except rating.RatingOver as refusal:
            blame(form, refusal)
    found = ride_of(current_user.key, ride)
    if found.ended_at is None:
        return redirect(url_for(".ride", ride=found.key), 303)
    return receipt_page(found, form)


@bp.get("/rides/use")
@signed_in
def use() -> ResponseReturnValue:
    """A rider sees how much was ridden, month by month, and what it cost."""
    today = datetime.now(city_or_404(current_user.city).zone).date()
    return render_template("rides/use.html", months=use_of(current_user.key, today))


@bp.get("/rides.csv")
@signed_in
def rides_csv() -> ResponseReturnValue:
    """All rides as a file."""
    rows = map(_as_row, every_ride(current_user.key))
    return attachment(as_csv(COLUMNS, rows), "movr-rides.csv", "text/csv")


def _as_row(ride: Ride) -> dict[str, Any]:
    receipt = receipt_of(ride, ride.dispute)
    zone = receipt.city.zone if receipt.city else None
    return {
        **{name: getattr(ride, name) for name in COLUMNS if hasattr(ride, name)},
        "receipt": receipt.number,
        "started_at": ride.started_at.astimezone(zone),
        "ended_at": receipt.ended_at.astimezone(zone),
        "vehicle": kind(ride.vehicle),
        "start": where_words(ride.start, receipt.city),
        "end": where_words(ride.end, receipt.city),
        "duration_s": int(receipt.took.total_seconds()),
        "plan": ride.plan.name if ride.plan else None,
        "price": _amount(ride.price, ride.currency),
        "refunded": _amount(receipt.refunded, ride.currency),
    }


def _amount(amount: int | None, currency: str | None) -> Decimal | None:
    return (
        Decimal(format_plain_amount(amount, currency)) if amount is not None and currency else None
    )
