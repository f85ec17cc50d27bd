"""Offers when an account is deleted."""

from functools import partial

from sqlalchemy import CTE, Select, delete, select
from sqlalchemy.orm import Session, joinedload, lazyload

from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.fleet.vehicle_offers.models import (
    VehicleOffer,
    confirmed_email_subquery,
    open_offer_condition,
)
from webapp.fleet.vehicle_offers.services.offers import withdraw_statement
from webapp.mail import Recipient, mail_cte, remove_link
from webapp.regions.catalogue import list_city_regions

#: Offers that one transaction withdraws at most.
SLICE = 100


def delete_received_offers(session: Session, user_key: RowKey) -> None:
    """Delete what was offered to the address of an account; the hook ``on_account_deletion``. Those
    that the person has made go with the account."""
    offers, email = table(VehicleOffer), confirmed_email_subquery(user_key)
    is_received = offers.c.region.in_(list_city_regions()) & (offers.c.email == email)
    session.execute(delete(offers).where(is_received))


def withdraw_made_offers(session: Session, owner_key: RowKey) -> None:
    """Withdraw the open offers of an account; the hook ``on_account_deletion``, before its vehicles
    are removed. The mails have all that they say: the offers will be gone when they are sent."""
    while _withdraw_some(session, owner_key):
        pass


def withdraw_made_offers_in_slices(owner_key: RowKey) -> None:
    """The same; the hook ``deletion_slices``."""
    while run_transaction(lambda session: _withdraw_some(session, owner_key), idempotent=True):
        pass


def _withdraw_some(session: Session, owner_key: RowKey) -> int:
    """Withdraw some of the open offers of an account; return how many there were."""
    offers = session.scalars(_open_offers_query(owner_key)).all()
    for offer in offers:
        mail = partial(_withdrawal_mail_cte, offer)
        session.execute(withdraw_statement(owner_key, offer.key, make_mail_cte=mail))
    return len(offers)


def _withdrawal_mail_cte(offer: VehicleOffer, withdrawn: CTE) -> CTE:
    owner = offer.owner
    return mail_cte(
        "vehicle_offer_withdrawn",
        Recipient(offer.email, "", language=owner.recipient.language),
        region=offer.region,
        after=withdrawn,
        owner=remove_link(owner.first_name),
    )


def _open_offers_query(owner_key: RowKey) -> Select[tuple[VehicleOffer]]:
    return (
        select(VehicleOffer)
        .where(
            VehicleOffer.region.in_(list_city_regions()),
            key_condition(VehicleOffer, owner_key, "owner_region", "owner_id"),
            open_offer_condition(table(VehicleOffer)),
        )
        .limit(SLICE)
        .options(joinedload(VehicleOffer.owner), lazyload("*"))
    )
