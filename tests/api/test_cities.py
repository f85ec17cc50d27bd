"""Cities in the API."""

from collections.abc import Callable

from tests.factories import PlanFactory
from tests.fleet.zones.conftest import MakeZone, make_zone  # noqa: F401 - a fixture
from tests.visitor import Visitor
from webapp.fleet.zones.enums import ZoneKind


def test_the_api_lists_the_cities_of_the_pages_without_a_round_trip(
    visitor: Visitor, round_trips: Callable[[], int]
) -> None:
    round_trips()
    cities = visitor.get("/api/v1/cities").get_json()
    assert round_trips() == 0
    assert [city["name"] for city in cities] == ["new york", "boston", "seattle", "paris"]
    assert cities[3] == visitor.get("/api/v1/cities/paris").get_json()
    assert cities[3] == {
        "name": "paris",
        "label": "Paris",
        "currency": "EUR",
        "time_zone": "Europe/Paris",
        "centre": {"lat": 48.8566, "lon": 2.3522},
        "is_open": True,
    }


def test_an_app_reads_the_prices_and_zones_of_a_city_without_a_round_trip(
    visitor: Visitor,
    make_plan: PlanFactory,
    make_zone: MakeZone,  # noqa: F811
    round_trips: Callable[[], int],
) -> None:
    segments = [{"start": 0, "rate": 15, "interval": 1, "end": None}]
    make_plan("paris", form_factor="bicycle", unlock_fee=100, segments=segments, tax_ppm=200_000)
    make_plan("paris", fare_cap=2000, fare_cap_min=1440, reserve_min=0)
    make_zone(ZoneKind.NO_PARKING, city="paris", fee=500)
    paths = ["/api/v1/cities/paris/plans", "/api/v1/cities/paris/zones"]
    plans, zones = [visitor.get(path).get_json() for path in paths]
    assert [plan["form_factor"] for plan in plans] == ["", "bicycle"]
    assert plans[0]["fare_cap"] == {"period_min": 1440, "amount": euros(2000)}
    assert (plans[0]["reservation"], plans[1]["tax_percent"]) == (None, 20)
    assert plans[1]["segments"] == [
        {"start_min": 0, "end_min": None, "interval_min": 1, "rate": euros(15)}
    ]
    (zone,) = zones["zones"]
    assert (zone["kind"], zone["parking_fee"]) == ("no_parking", euros(500))
    assert zone["rule"]["ride_end_allowed"] is False
    assert zone["rule"]["ride_start_allowed"] is None
    assert zones["elsewhere"]["ride_end_allowed"] is None
    round_trips()
    for path in paths:
        known = {"If-None-Match": visitor.get(path).headers["ETag"]}
        assert visitor.get(path, headers=known).status_code == 304
    assert round_trips() == 0
    half = visitor.get(f"{paths[1]}?form_factor=bicycle")
    assert (half.status_code, half.get_json()["errors"][0]["pointer"]) == (422, "")


def euros(amount: int) -> dict[str, str | int]:
    return {"amount": amount, "currency": "EUR"}
