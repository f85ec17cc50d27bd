"""A pricing plan, and the city of the tests of plans."""

from webapp.fleet.pricing.plan_terms import PlanTerms
from webapp.fleet.pricing.quotes import Segment

SCOOTER = ("scooter_standing", "electric")
TERMS = PlanTerms(
    "By the minute",
    *SCOOTER,
    unlock_fee=100,
    segments=(Segment(0, 25, 1),),
    reserve_min=10,
    reservation_rate=5,
    reserve_max_min=30,
    fare_cap=2000,
    tax_ppm=88_750,
    tax_included=False,
)
