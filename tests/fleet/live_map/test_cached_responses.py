"""Data for maps is cached for seconds and answered before Flask: the same as Flask would answer,
and no longer than it may be."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from flask import Flask, Response

from tests.factories import PlanFactory, VehicleFactory
from tests.fleet.live_map.response_caching import MAX_AGE_S, CachedMaps
from tests.fleet.live_map.steps import MAP_URL, POSITION, VEHICLES_URL, get_map, update_vehicle
from tests.threads import run_together
from tests.untranslated import BracketTranslations, use_translations
from tests.visitor import Visitor
from webapp.fleet.pricing.cache import plan_cache
from webapp.fleet.zones.cache import zone_cache
from webapp.regions.catalogue import catalogue
from webapp.web import response_cache
from webapp.web.middleware import FOREIGN_HOST
from webapp.web.response_cache import cache_response

ZONES_URL = "/city/new%20york/zones.json"
#: Differ in each response.
NEW_HEADERS = ("Content-Security-Policy", "X-Request-Id")


@pytest.fixture(autouse=True)
def maps(app: Flask, monkeypatch: pytest.MonkeyPatch) -> CachedMaps:
    return CachedMaps(app, monkeypatch)


def split_headers(response: Any) -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers that are the same in all responses, and those that are new in each."""
    headers = dict(response.headers)
    headers.pop("Date", None)  # the second may change between two requests
    return headers, {name: headers.pop(name) for name in NEW_HEADERS}


@pytest.mark.parametrize("url", [MAP_URL, f"{MAP_URL}&since=9999999999", ZONES_URL])
@pytest.mark.parametrize("encoding", [None, "gzip", "br", "gzip, deflate, br, zstd", "identity"])
def test_a_cached_response_is_the_one_of_flask(
    visitor: Visitor, make_vehicle: VehicleFactory, maps: CachedMaps, url: str, encoding: str | None
) -> None:
    for _ in range(20):
        make_vehicle(at=POSITION)
    headers = {"Accept-Encoding": encoding} if encoding else {}
    first, second = (visitor.get(url, headers=headers) for _ in range(2))
    assert maps.take_requests() == 1
    assert (second.status, second.data) == (first.status, first.data)
    (same, new), (cached_same, cached_new) = map(split_headers, (first, second))
    assert cached_same == same
    assert ("Content-Encoding" in same) == (
        encoding not in (None, "identity") and len(first.data) > 500
    )
    assert all(cached_new[name] != new[name] for name in NEW_HEADERS)
    assert len(cached_new[NEW_HEADERS[0]]) == len(new[NEW_HEADERS[0]])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("secure", [True, False])
def test_conditional_requests_and_heads_are_answered_as_by_flask(
    visitor: Visitor,
    make_vehicle: VehicleFactory,
    maps: CachedMaps,
    method: str,
    known: bool,
    secure: bool,
) -> None:
    make_vehicle(at=POSITION)
    base_url = "https://localhost" if secure else "http://localhost"
    etag = visitor.get(MAP_URL, base_url=base_url).headers["ETag"]
    condition = {"If-None-Match": f'"other", {etag}' if known else 'W/"other"'}
    send = partial(visitor.open, MAP_URL, method=method, headers=condition, base_url=base_url)
    maps.take_requests()
    cached = send()
    assert maps.take_requests() == 0
    maps.responses.clear()
    by_flask = send()
    assert maps.take_requests() == 1
    assert (cached.status, cached.data) == (by_flask.status, by_flask.data)
    assert cached.status_code == (304 if known else 200)
    assert split_headers(cached)[0] == split_headers(by_flask)[0]
    assert ("Strict-Transport-Security" in cached.headers) == secure


def test_a_change_of_a_vehicle_is_seen_when_the_time_is_over(
    app: Flask, visitor: Visitor, make_vehicle: VehicleFactory, maps: CachedMaps
) -> None:
    taken = make_vehicle(at=POSITION)
    assert get_map(visitor)["number"] == 1
    with app.app_context():
        update_vehicle(taken, state="on_trip")
    maps.now_s += MAX_AGE_S - 0.1
    assert get_map(visitor)["number"] == 1
    maps.now_s += 0.2
    assert get_map(visitor)["number"] == 0


def test_a_cached_response_is_not_older_than_its_data_may_be(
    visitor: Visitor, maps: CachedMaps
) -> None:
    """Another address of the same box has data that was read two seconds ago: one is left."""
    get_map(visitor)
    maps.now_s += 2.0
    same_box = MAP_URL.replace("40.72,", "40.720,")
    get_map(visitor, same_box)
    assert maps.take_requests() == 2
    maps.now_s += 0.9
    get_map(visitor, same_box)
    assert maps.take_requests() == 0
    maps.now_s += 0.2
    get_map(visitor, same_box)
    assert maps.take_requests() == 1


@pytest.mark.parametrize("url", [MAP_URL, ZONES_URL])
@pytest.mark.parametrize("source", [catalogue, plan_cache, zone_cache])
def test_what_this_process_writes_is_seen_at_once(
    app: Flask, visitor: Visitor, maps: CachedMaps, url: str, source: Callable[[], Any]
) -> None:
    visitor.get(url)
    with app.app_context():
        source().forget()
    maps.take_requests()
    visitor.get(url)
    assert maps.take_requests() == 1


def test_a_new_plan_is_seen_in_the_prices_at_once(
    visitor: Visitor, make_vehicle: VehicleFactory, make_plan: PlanFactory, maps: CachedMaps
) -> None:
    make_vehicle(at=POSITION)
    assert list(get_map(visitor)["prices"]) == [""]
    plan = make_plan()
    assert list(get_map(visitor)["prices"]) == [str(plan.id)]


def test_cities_windows_filters_and_times_do_not_mix(
    visitor: Visitor, make_vehicle: VehicleFactory, maps: CachedMaps
) -> None:
    here, there = make_vehicle(at=POSITION), make_vehicle("paris", at=POSITION)
    since = int(datetime.now(UTC).timestamp()) - 30
    urls = {
        MAP_URL: {str(here.public_key)},
        MAP_URL.replace("new%20york", "paris"): {str(there.public_key)},
        f"{VEHICLES_URL}?bbox=1,1,2,2": set(),
        f"{MAP_URL}&type=bicycle": set(),
        f"{MAP_URL}&since={since}": {str(here.public_key)},
    }
    for _ in range(2):
        shown = {url: {v[0] for v in get_map(visitor, url)["vehicles"]} for url in urls}
        assert shown == urls
    assert maps.take_requests() == len(urls)


def test_riders_and_visitors_get_the_same_and_no_cookie(
    visitor: Visitor,
    rider: Visitor,
    make_vehicle: VehicleFactory,
    make_plan: PlanFactory,
    maps: CachedMaps,
) -> None:
    make_plan(reserve_min=10, reserve_max_min=10)
    vehicle = make_vehicle(at=POSITION)
    rider.send(f"/rides/reserve/{vehicle.public_key}")
    url = f"{MAP_URL}&show=all"
    responses = [browser.get(url) for browser in (rider, visitor, rider)]
    assert len({response.data for response in responses}) == 1
    assert responses[0].get_json()["vehicles"][0][4] == "reserved"
    assert not any("Set-Cookie" in response.headers for response in responses)


def test_a_hundred_polls_of_one_window_are_one_query(
    app: Flask, make_vehicle: VehicleFactory, maps: CachedMaps, round_trips: Callable[[], int]
) -> None:
    make_vehicle(at=POSITION)
    round_trips()
    poll = partial(get_map, Visitor(app, app.response_class))
    answers = run_together(app, *[lambda: Visitor(app, app.response_class).get(MAP_URL).data] * 100)
    assert round_trips() == 1
    assert len(set(answers)) == 1
    assert poll()["number"] == 1


@pytest.mark.parametrize(
    "url",
    ["/vehicles", "/login", "/robots.txt", VEHICLES_URL, "/city/atlantis/zones.json", "/nowhere"],
)
def test_pages_and_errors_are_not_cached(visitor: Visitor, maps: CachedMaps, url: str) -> None:
    for _ in range(2):
        visitor.get(url)
    assert maps.take_requests() == 2
    assert not maps.responses


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, 411),
        ({"CONTENT_LENGTH": "999999999"}, 413),
        ({"HTTP_RANGE": "bytes=0-1"}, 200),
    ],
)
def test_a_request_that_is_more_than_a_question_is_answered_by_flask(
    visitor: Visitor, maps: CachedMaps, environ: dict[str, str], status: int
) -> None:
    visitor.get(MAP_URL)
    maps.take_requests()
    assert visitor.get(MAP_URL, environ_overrides=environ).status_code == status
    assert maps.take_requests() == 1


def test_another_host_gets_no_cached_response(
    app: Flask, visitor: Visitor, maps: CachedMaps, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.get(MAP_URL)
    environ = {FOREIGN_HOST: True}
    assert visitor.get(MAP_URL, environ_overrides=environ).status_code == 400


def test_other_methods_get_no_cached_response(visitor: Visitor, maps: CachedMaps) -> None:
    visitor.get(MAP_URL)
    assert visitor.post(MAP_URL).status_code in (400, 405)
    assert maps.take_requests() == 2


@pytest.mark.parametrize(
    ("path", "is_public"), [("/rides", True), ("/account", True), ("/vehicles", False)]
)
def test_only_public_responses_of_public_views_can_be_cached(
    app: Flask, path: str, is_public: bool
) -> None:
    response = Response()
    response.cache_control.public = is_public
    with app.test_request_context(path), pytest.raises(ValueError, match="everybody"):
        cache_response(response, MAX_AGE_S)


def test_the_number_and_the_bytes_of_cached_responses_are_bounded(
    visitor: Visitor, maps: CachedMaps, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = [f"{MAP_URL}&price={km}" for km in range(4)]
    visitor.get(urls[0])
    size = maps.cache._total_bytes
    assert size > 1_000, "headers and what Python adds count too"
    monkeypatch.setattr(response_cache, "MAX_TOTAL_BYTES", 3 * size)
    for url in urls:
        visitor.get(url)
    assert len(maps.responses) == 3
    assert maps.cache._total_bytes <= 3 * size
    maps.take_requests()
    visitor.get(urls[1])
    assert maps.take_requests() == 0
    visitor.get(urls[0])
    assert maps.take_requests() == 1
    monkeypatch.setattr(response_cache, "MAX_RESPONSES", 2)
    visitor.get(urls[2])
    assert len(maps.responses) == 2
    monkeypatch.setattr(response_cache, "MAX_BODY_BYTES", 10)
    visitor.get(MAP_URL)
    visitor.get(f"{MAP_URL}&q={'a' * 500}")
    assert len(maps.responses) == 2


def test_expired_responses_are_dropped_when_another_is_cached(
    visitor: Visitor, maps: CachedMaps
) -> None:
    for km in range(3):
        visitor.get(f"{MAP_URL}&price={km}")
    maps.now_s += MAX_AGE_S + 0.1
    visitor.get(MAP_URL)
    assert len(maps.responses) == 1


def test_a_first_request_with_the_right_etag_is_answered_with_304_and_fills_the_cache(
    visitor: Visitor, maps: CachedMaps
) -> None:
    etag = visitor.get(ZONES_URL).headers["ETag"]
    maps.responses.clear()
    assert visitor.get(ZONES_URL, headers={"If-None-Match": etag}).status_code == 304
    assert len(maps.responses) == 1
    maps.take_requests()
    assert visitor.get(ZONES_URL).status_code == 200
    assert maps.take_requests() == 0


def test_browsers_that_accept_the_same_encoding_share_a_response(
    visitor: Visitor, maps: CachedMaps
) -> None:
    for encodings in ("gzip, deflate, br, zstd", "zstd", "br,zstd"):
        visitor.get(MAP_URL, headers={"Accept-Encoding": encodings})
    assert maps.take_requests() == 1
    for encodings in ("br;q=0, gzip", "*"):
        visitor.get(MAP_URL, headers={"Accept-Encoding": encodings})
    assert maps.take_requests() == 2
    assert len(maps.responses) == 1


def test_data_for_maps_is_in_the_language_of_the_address_whatever_the_browser_asks_for(
    app: Flask, visitor: Visitor, maps: CachedMaps, monkeypatch: pytest.MonkeyPatch,
    make_vehicle: VehicleFactory,
) -> None:  # fmt: skip
    monkeypatch.setitem(app.config, "LANGUAGES", ("en", "de"))
    use_translations(monkeypatch, BracketTranslations(), "de")
    make_vehicle()
    german = {"Accept-Language": "de"}
    page = visitor.get("/city/new%20york", headers=german).text
    assert 'language=de"' in page or "language=de&amp;" in page
    assert "⟦" not in visitor.get(MAP_URL, headers=german).text
    assert "\\u27e6" in visitor.get(f"{MAP_URL}&language=de").text
    assert "\\u27e6" not in visitor.get(f"{MAP_URL}&language=xx").text
