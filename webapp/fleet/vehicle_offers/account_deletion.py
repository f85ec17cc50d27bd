"""Offers when an account is deleted."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.fleet.vehicle_offers.models import VehicleOffer, confirmed_email_subquery
from webapp.regions.catalogue import list_city_regions


def delete_received_offers(session: Session, user_key: RowKey) -> None:
    """Delete what was offered to the address of an account; the hook ``on_account_deletion``. Those
    that the person has made go with the account."""
    offers, email = table(VehicleOffer), confirmed_email_subquery(user_key)
    is_received = offers.c.region.in_(list_city_regions()) & (offers.c.email == email)
    session.execute(delete(offers).where(is_received))
