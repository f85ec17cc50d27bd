"""Reading offers."""

from typing import Any

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import joinedload

from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.reads import find_in_any_region
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle, retired_condition
from webapp.fleet.vehicle_offers.links import OfferClosed, OfferLink, is_link_condition
from webapp.fleet.vehicle_offers.models import VehicleOffer, open_offer_condition


def list_offers(owner_key: RowKey, after: Cursor | None) -> Page[VehicleOffer]:
    """Return one page of the offers of an owner in all regions with their vehicles, newest
    first."""
    query = (
        select(VehicleOffer)
        .where(key_condition(VehicleOffer, owner_key, "owner_region", "owner_id"))
        .order_by(VehicleOffer.created_at.desc(), VehicleOffer.id.desc())
        .limit(page_size() + 1)
        .options(joinedload(VehicleOffer.vehicle, innerjoin=True).lazyload("*"))
    )
    if after:
        query = query.where(tuple_(VehicleOffer.created_at, VehicleOffer.id) < after)
    rows = db.session.scalars(query).all()
    return make_page(rows, lambda offer: (offer.created_at, offer.id))


def find_own_vehicle_offer(
    owner_key: RowKey, vehicle_key: RowKey
) -> tuple[Vehicle, VehicleOffer | None]:
    """Return an owner's vehicle, and the offer of it that waits for an answer.

    Raises NotFound, also for another's vehicle.
    """
    row = db.session.execute(own_vehicle_offer_query(owner_key, vehicle_key)).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


def own_vehicle_offer_query(
    owner_key: RowKey, vehicle_key: RowKey
) -> Select[tuple[Vehicle, VehicleOffer]]:
    """Return the query of ``find_own_vehicle_offer``."""
    is_of_vehicle = (VehicleOffer.region == Vehicle.region) & (
        VehicleOffer.vehicle_id == Vehicle.id
    )
    is_own: ColumnElement[bool] = VehicleOffer.owner_id == owner_key.id
    is_open = open_offer_condition(VehicleOffer.__table__)
    return (
        select(Vehicle, VehicleOffer)
        .outerjoin(VehicleOffer, is_of_vehicle & is_own & is_open)
        .where(
            key_condition(Vehicle, vehicle_key),
            key_condition(Vehicle, owner_key, "owner_region", "owner_id"),
            ~retired_condition(),
        )
    )


def find_offer(link: OfferLink) -> VehicleOffer:
    """Return the offer of a link, with its vehicle and owner; raises OfferClosed if it waits for no
    answer, also because staff have closed the account of the owner."""
    row = find_in_any_region(offer_query(link), VehicleOffer, link.key)
    if row is None or row[0].owner.disabled_at:
        raise OfferClosed
    offer: VehicleOffer = row[0]
    return offer


def offer_query(link: OfferLink) -> Select[Any]:  # Any: the mapped class
    """Return the query of ``find_offer``, but for the key."""
    return (
        select(VehicleOffer)
        .where(is_link_condition(VehicleOffer.__table__, link))
        .options(
            joinedload(VehicleOffer.vehicle, innerjoin=True).lazyload("*"),
            joinedload(VehicleOffer.owner, innerjoin=True).lazyload("*"),
        )
    )
