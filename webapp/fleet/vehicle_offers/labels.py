"""What owners read for the states of offers."""

from collections.abc import Mapping

from flask_babel import LazyString

from webapp.fleet.vehicle_offers.enums import OfferState
from webapp.fleet.vehicle_offers.models import VehicleOffer
from webapp.translations import find_label
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

STATE_LABELS: Mapping[OfferState, LazyString] = {
    OfferState.OPEN: _l("no answer yet"),
    OfferState.ACCEPTED: _l("accepted"),
    OfferState.DECLINED: _l("declined"),
    OfferState.WITHDRAWN: _l("withdrawn"),
}


def offer_state_label(offer: VehicleOffer) -> str:
    """Return the state of an offer in words."""
    if offer.state == OfferState.OPEN and not offer.is_open:
        return _("expired")
    return find_label(STATE_LABELS, offer.state)
