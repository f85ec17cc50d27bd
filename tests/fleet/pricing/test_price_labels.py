"""Prices as people read them."""

from datetime import timedelta
from typing import Any

import pytest

from tests.factories import find_city
from tests.fleet.pricing.plans import TERMS
from webapp.fleet.pricing.enums import LineKind
from webapp.fleet.pricing.labels import describe_plan, describe_receipt, format_price
from webapp.fleet.pricing.plan_terms import PlanTerms
from webapp.fleet.pricing.quotes import Quote, Segment, quote_reservation, quote_ride
from webapp.fleet.pricing.services import draft_plan

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ({}, "Free"),
        ({"segments": (Segment(0, 0, 1),)}, "Free"),
        ({"unlock_fee": 100}, "$1.00 to unlock"),
        ({"segments": (Segment(0, 25, 1),)}, "$0.25 a minute"),
        ({"segments": (Segment(0, 25, 1),), "tax_ppm": 500, "tax_included": False}, "$0.25 a minute, plus tax"),
        ({"unlock_fee": 200, "segments": (Segment(30, 300, 0, 60), Segment(60, 10, 1))},
         "$2.00 to unlock, $3.00 once after 30 min, $0.10 a minute after 60 min"),
        ({"segments": (Segment(0, 50, 15, 60), Segment(60, 200, 60, 600))},
         "$0.50 each 15 min for the first 60 min, $2.00 an hour from 60 to 600 min"),
    ],
)  # fmt: skip
def test_a_price_fits_in_one_line(terms: dict[str, Any], text: str) -> None:
    assert format_price(draft_plan(find_city(), PlanTerms("Some", **terms))) == text


def test_riding_is_free_without_a_plan() -> None:
    assert format_price(None) == "Free"


def test_everything_in_a_plan_is_described() -> None:
    assert dict(describe_plan(draft_plan(find_city(), TERMS))) == {
        "Unlocking": "$1.00",
        "Riding": "$0.25 a minute",
        "Rounding": "Started intervals are charged in full.",
        "At most": "$20.00 in each 24 h of a ride",
        "Longest ride": "72 h; after that the price stops rising",
        "Reserving": "Free for 10 min, then $0.05 a minute, up to 30 min in all",
        "Parking elsewhere": "Rides can only end where parking is allowed.",
        "Tax": "8.875%, added to all prices",
    }


def test_every_kind_of_receipt_line_has_a_label() -> None:
    tariff = draft_plan(find_city(), TERMS).tariff
    ride = quote_ride(tariff, timedelta(minutes=100), 1500)
    assert describe_receipt(ride) == [
        ("Unlocking", 100),
        ("100 × $0.25 a started minute", 2500),
        ("Above the fare cap", -600),
        ("Parked where it is not allowed", 1500),
        ("Tax", 311),
    ]
    reservation = quote_reservation(draft_plan(find_city(), PlanTerms("Some")).tariff, 5, 10)
    assert describe_receipt(reservation) == [("Reservation extended by 5 min", 50)]
    kinds = {line.kind for quote in (ride, reservation) for line in quote.lines}
    assert {*kinds, LineKind.TAX_INCLUDED} == set(LineKind)


def test_included_tax_is_no_line_of_its_own() -> None:
    tax = {"kind": "tax_included", "amount": 0, "holds": 20}
    assert describe_receipt(Quote.from_json("EUR", [tax])) == []
