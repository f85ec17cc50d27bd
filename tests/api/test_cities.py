"""Cities in the API."""

from collections.abc import Callable

from tests.visitor import Visitor


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
