"""What riders read on a receipt."""

from collections.abc import Mapping

from flask_babel import LazyString

from webapp.regions.catalogue import catalogue
from webapp.rides.enums import EndReason
from webapp.rides.models import Ride
from webapp.rides.services.receipts import Receipt
from webapp.templating import format_local_time, local_time
from webapp.translations import find_label
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: Why staff ended the ride.
_RECEIPT_REASONS: Mapping[EndReason, LazyString] = {
    EndReason.RIDER_ASKED: _l("Our staff ended this ride for you, because you asked."),
    EndReason.RIDER_FORGOT: _l(
        "Our staff ended this ride for you, because it looked as if you had forgotten to."
    ),
    EndReason.VEHICLE_DEFECT: _l(
        "Our staff ended this ride for you, because the vehicle has a defect."
    ),
    EndReason.FOUND_ELSEWHERE: _l(
        "Our staff ended this ride for you, because they found the vehicle elsewhere."
    ),
    EndReason.OTHER: _l("Our staff ended this ride for you."),
}


def describe_staff_end(receipt: Receipt) -> str:
    """Return why staff ended a ride and what its rider pays for, in sentences for the rider; '' if
    the rider ended it."""
    ride = receipt.ride
    if ride.end_reason is None:
        return ""
    sentences = [find_label(_RECEIPT_REASONS, ride.end_reason), _describe_charge(receipt)]
    if receipt.price and receipt.price.total:
        sentences.append(_("If the price is wrong, you can dispute it on the page of the ride."))
    return " ".join(filter(None, sentences))


def describe_late_end(ride: Ride) -> str:
    """Return when a phone without network ended a ride, and what of it counts, for its rider and
    for staff; '' if the server knew at once."""
    if not ride.end_pressed_at or not ride.end_received_at or not ride.ended_at:
        return ""
    city = catalogue().find(ride.city)
    pressed, received, counted = (
        format_local_time(moment, city, "HH:mm")
        for moment in (ride.end_pressed_at, ride.end_received_at, ride.ended_at)
    )
    text = _(
        "Ended at %(pressed)s on the phone, which had no network. We received it at %(received)s.",
        pressed=pressed,
        received=received,
    )
    if ride.ended_at <= ride.end_pressed_at:
        return text
    return f"{text} " + _(
        "The ride counts until %(counted)s: a phone is believed for a limited time, and not against"
        " what we know of the ride.",
        counted=counted,
    )


def _describe_charge(receipt: Receipt) -> str:
    charged_until = receipt.ride.charged_until
    if receipt.price is None:
        return ""
    if charged_until is None:
        return _("You pay for the time until they ended it.")
    if not receipt.price.lines:
        return _("You pay nothing for it.")
    time = local_time(charged_until, receipt.city).striptags()
    return _("You pay only for the time until %(time)s.", time=time)
