"""Jobs of offers of vehicles."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload

from webapp import mail
from webapp.db.reads import find_in_any_region
from webapp.fleet.vehicle_offers.enums import OfferState
from webapp.fleet.vehicle_offers.models import VehicleOffer
from webapp.jobs.kinds import KeyPayload, RunningJob


def send_withdrawal_mail(payload: KeyPayload, job: RunningJob) -> None:
    """Tell whom a vehicle was offered to that it no longer is, in the language of its owner."""
    query = select(VehicleOffer).options(joinedload(VehicleOffer.owner), lazyload("*"))
    row = find_in_any_region(query, VehicleOffer, payload.key)
    offer = row.VehicleOffer if row else None
    if offer and offer.state == OfferState.WITHDRAWN:
        owner = offer.owner
        recipient = mail.Recipient(offer.email, "", language=owner.recipient.language)
        name = mail.remove_link(owner.first_name)
        mail.send(job, recipient, "vehicle_offer_withdrawn", owner=name)
