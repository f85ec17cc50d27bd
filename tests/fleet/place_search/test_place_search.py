"""Searching for a place by its name, at a fake Nominatim."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from tests.factories import UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.extensions import db
from webapp.fleet.place_search import services
from webapp.fleet.place_search.nominatim import FoundPlace
from webapp.settings.readers import read_setting
from webapp.web.rate_limits import Limit

PAGE = "/city/new%20york/places"
PARK = {"lat": "40.7812", "lon": "-73.9665", "display_name": "Central Park, Manhattan, New York"}
#: In another city, though only this one was asked for.
ELSEWHERE = {"lat": "51.5", "lon": "-0.1", "display_name": "Central Park, London"}


class Nominatim(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/search"
        self.status = 200
        self.body = json.dumps([PARK, ELSEWHERE])
        self.searches: list[dict[str, str]] = []
        self.headers: list[Any] = []


class Handler(BaseHTTPRequestHandler):
    server: Nominatim

    def do_GET(self) -> None:
        parameters = parse_qs(urlsplit(self.path).query)
        self.server.searches.append({name: values[0] for name, values in parameters.items()})
        self.server.headers.append(self.headers)
        body = self.server.body.encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def nominatim(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nominatim]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Nominatim()
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    for name, value in {
        "PLACE_SEARCH_URL": server.url,
        "PLACE_SEARCH_ALLOW_PRIVATE": True,
        "PUBLIC_URL": "https://movr.example",
        "LANGUAGES": ("en", "de", "fr"),
    }.items():
        monkeypatch.setitem(app.config, name, value)
    monkeypatch.setattr(services, "SERVICE_LIMIT", Limit(1000, 1))
    yield server
    server.shutdown()
    server.server_close()


def test_a_place_is_found_in_the_city_and_leads_to_the_vehicles_near_it(
    visitor: Visitor,
    nominatim: Nominatim,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    make_vehicle(at=(40.7306, -73.9866), address="Fountain")
    make_vehicle(at=(40.7810, -73.9660), address="Great Lawn")
    text = visitor.get(f"{PAGE}?q=Central++park", headers={"Accept-Language": "de"}).text
    assert "Manhattan, New York" in text
    assert "London" not in text
    assert "© OpenStreetMap contributors" in text
    [question] = nominatim.searches
    assert question["q"] == "central park"
    assert question["accept-language"] == "de"
    assert (question["bounded"], question["format"]) == ("1", "jsonv2")
    west, north, east, south = map(float, question["viewbox"].split(","))
    assert west < -74 < -73.9 < east
    assert south < 40.6 < 40.8 < north
    headers = nominatim.headers[0]
    assert headers["User-Agent"] == "MovR/0.1.0 (+https://movr.example)"
    assert not [
        name for name in headers if name.lower() in ("cookie", "referer", "x-forwarded-for")
    ]
    assert 'href="/city/new%20york?lat=40.7812&amp;lon=-73.9665"' in text
    near = visitor.get("/city/new%20york?lat=40.7812&lon=-73.9665&within=10000").text
    assert near.index("Great Lawn") < near.index("Fountain")
    assert "Follow this place" not in text
    text = visitor.sign_in(make_user()).get(f"{PAGE}?q=Central+park").text
    assert "/following?lat=40.7812&amp;lon=-73.9665&amp;label=Central+Park" in text


def test_an_answer_is_kept_and_known_by_city_and_language(
    visitor: Visitor, nominatim: Nominatim
) -> None:
    for query in ("q=Central+Park", "q=central++PARK"):
        visitor.get(f"{PAGE}?{query}")
    assert len(nominatim.searches) == 1
    visitor.get(f"{PAGE}?q=Central+Park", headers={"Accept-Language": "fr"})
    visitor.get("/city/paris/places?q=Central+Park")
    assert len(nominatim.searches) == 3


@pytest.mark.parametrize(
    ("status", "body"),
    [(503, "[]"), (200, "<html>"), (200, '[{"lat": "x"}]'), (200, f'["{"x" * 600_000}"]')],
    ids=["an error", "no JSON", "no places", "too large"],
)
def test_a_service_that_fails_is_told_and_asked_again(
    visitor: Visitor, nominatim: Nominatim, status: int, body: str
) -> None:
    good, nominatim.body, nominatim.status = nominatim.body, body, status
    response = visitor.get(f"{PAGE}?q=Central+Park")
    assert response.status_code == 200
    assert "The service that knows places does not answer." in response.text
    assert 'value="Central Park"' in response.text
    nominatim.body, nominatim.status = good, 200
    assert "Manhattan" in visitor.get(f"{PAGE}?q=Central+Park").text


def test_an_address_of_a_private_network_is_asked_only_if_the_setting_allows_it(
    app: Flask, visitor: Visitor, nominatim: Nominatim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PLACE_SEARCH_ALLOW_PRIVATE", False)
    assert "does not answer" in visitor.get(f"{PAGE}?q=Central+Park").text
    assert nominatim.searches == []


def test_visitors_wait_for_others_who_search_but_not_long(
    visitor: Visitor, nominatim: Nominatim, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(services, "sleep", waits.append)
    monkeypatch.setattr(services, "SERVICE_LIMIT", Limit(1, 3600))
    assert visitor.get(f"{PAGE}?q=First").status_code == 200
    assert waits == []
    assert visitor.get(f"{PAGE}?q=Second").status_code == 429
    assert waits == [3600, 3600]
    assert len(nominatim.searches) == 1


def test_one_address_may_not_ask_for_all(
    app: Flask, visitor: Visitor, nominatim: Nominatim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_PLACE_SEARCHES", (1, 3600))
    assert visitor.get(f"{PAGE}?q=First").status_code == 200
    assert visitor.get(f"{PAGE}?q=Second").status_code == 429
    assert visitor.get(f"{PAGE}?q=First").status_code == 200, "kept"


def test_who_waits_for_others_has_used_up_an_attempt(
    app: Flask, visitor: Visitor, nominatim: Nominatim, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(services, "sleep", waits.append)
    monkeypatch.setattr(services, "SERVICE_LIMIT", Limit(0, 1))
    monkeypatch.setitem(app.config, "LIMIT_PLACE_SEARCHES", (1, 3600))
    for text in ("First", "Second"):
        assert visitor.get(f"{PAGE}?q={text}").status_code == 429
    assert len(waits) == services.MAX_WAITS, "the second one holds no thread"


def test_who_waits_for_the_service_holds_no_connection(
    visitor: Visitor, nominatim: Nominatim, make_user: UserFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked_out: list[int] = []

    def fetch_places(*_: object) -> list[FoundPlace]:
        checked_out.extend(engine.pool.checkedout() for engine in db.engines.values())  # type: ignore[attr-defined]
        return []

    monkeypatch.setattr(services, "fetch_places", fetch_places)
    visitor.sign_in(make_user()).get(f"{PAGE}?q=Central+Park")
    assert checked_out == [0, 0]


def test_the_map_offers_the_search_where_there_is_one(
    app: Flask, visitor: Visitor, nominatim: Nominatim, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'formaction="/city/new%20york/places"' in visitor.get("/city/new%20york").text
    listed = visitor.get("/city/new%20york?q=Central+%26+Park").text
    assert f'href="{PAGE}?q=Central+%26+Park"' in listed
    nominatim.body = "[]"
    assert "No such place in New York" in visitor.get(f"{PAGE}?q=Central").text
    assert visitor.get(f"{PAGE}?q=").status_code == 422
    monkeypatch.setitem(app.config, "PLACE_SEARCH_URL", "")
    assert "formaction" not in visitor.get("/city/new%20york").text
    assert visitor.get(PAGE).status_code == 404


def test_the_setting_is_an_address() -> None:
    with pytest.raises(ValueError, match=r"nominatim\.openstreetmap\.org/search"):
        read_setting("PLACE_SEARCH_URL", "nominatim.example")
