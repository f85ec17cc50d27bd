"""Calls of the services and queries of offers of vehicles."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from tests.migrations.sample_rows import AFTER, RIDER, USER, VEHICLE
from tests.migrations.service_calls.calls import execute, in_account_deletion
from webapp.fleet.vehicle_offers import queries
from webapp.fleet.vehicle_offers.account_deletion import delete_received_offers
from webapp.fleet.vehicle_offers.links import OfferLink
from webapp.fleet.vehicle_offers.models import VehicleOffer
from webapp.fleet.vehicle_offers.services import answers, offers

OFFER = VehicleOffer(
    region=VEHICLE.region,
    id=UUID(int=34),
    vehicle_id=VEHICLE.id,
    owner_region="us-east1",
    owner_id=UUID(int=35),
    email="ada@example.org",
)
LINK = OfferLink(OFFER.key, "s" * 32)

VEHICLE_OFFERS: dict[str, Callable[[], Any]] = {
    "offer a vehicle": execute(
        lambda: offers.offer_statement(USER, VEHICLE, "omar@example.org", OFFER.id)
    ),
    "withdraw the offer of a vehicle": execute(lambda: offers.withdraw_statement(RIDER, OFFER.key)),
    "the offers of an owner": lambda: queries.list_offers(RIDER, AFTER),
    "the offer of a vehicle": execute(lambda: queries.own_vehicle_offer_query(RIDER, VEHICLE)),
    "the offer of a link": lambda: queries.find_offer(LINK),
    "accept the offer of a vehicle": execute(lambda: answers.accept_statement(USER, OFFER, LINK)),
    "decline the offer of a vehicle": execute(lambda: answers.decline_statement(OFFER, LINK)),
    "delete what was offered to an account": in_account_deletion(delete_received_offers),
}
