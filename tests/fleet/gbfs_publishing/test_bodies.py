"""Files are made once and sent many times, and never older than the standard allows."""

import zlib
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tests.factories import PlanFactory, VehicleFactory
from tests.fleet.gbfs_publishing.steps import file_path, read_vehicles
from tests.fleet.live_map.response_caching import CachedMaps
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.fleet.gbfs_publishing import bodies
from webapp.fleet.gbfs_publishing.bodies import (
    MAX_STALE_S,
    BodyCache,
    body_cache,
    get_body,
    remaining_max_age_s,
)
from webapp.web.compression import COMPRESSORS

MAX_AGE_S = 30.0
PATH = file_path("vehicle_status")


@pytest.fixture
def maps(app: Flask, monkeypatch: pytest.MonkeyPatch) -> CachedMaps:
    """The response cache, with feeds that are kept, on one clock."""
    maps = CachedMaps(app, monkeypatch)
    cache = BodyCache(MAX_AGE_S, clock=lambda: maps.now_s, stale_s=MAX_STALE_S - MAX_AGE_S)
    monkeypatch.setitem(app.extensions, "movr_gbfs", cache)
    return maps


def test_a_file_is_made_once_in_its_time(
    visitor: Visitor, make_vehicle: VehicleFactory, maps: CachedMaps, round_trips: Callable[[], int]
) -> None:
    make_vehicle()
    assert len(read_vehicles(visitor)) == 1
    make_vehicle()
    round_trips()
    maps.take_requests()
    maps.now_s += MAX_AGE_S - 0.1
    assert len(read_vehicles(visitor)) == 1
    assert visitor.get(PATH, headers={"Accept-Encoding": "gzip"}).status_code == 200
    assert (maps.take_requests(), round_trips()) == (1, 0)
    maps.now_s += 0.2
    assert len(read_vehicles(visitor)) == 2
    assert round_trips() == 1


def test_who_has_a_file_already_gets_304(
    visitor: Visitor, make_vehicle: VehicleFactory, maps: CachedMaps
) -> None:
    first = visitor.get(PATH)
    assert first.headers["Cache-Control"] == f"public, max-age={MAX_AGE_S:.0f}"
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    condition = {"If-None-Match": first.headers["ETag"]}
    for encoding in ("identity", "gzip", "zstd"):
        headers = {**condition, "Accept-Encoding": encoding}
        assert visitor.get(PATH, headers=headers).status_code == 304
    make_vehicle()
    maps.now_s += MAX_AGE_S + 0.1
    assert visitor.get(PATH, headers=condition).status_code == 200


@pytest.mark.parametrize("path", ["v3/atlantis/gbfs", "v9/paris/gbfs", "v2/paris/vehicle_status"])
def test_a_program_that_asks_for_no_file_gets_problem_details(visitor: Visitor, path: str) -> None:
    response = visitor.get(f"/gbfs/{path}.json", headers={"Accept": "text/html"})
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")
    assert response.get_json()["type"].endswith("/problems/not-found")


def test_web_pages_of_others_may_read_errors_and_send_headers(app: Flask, visitor: Visitor) -> None:
    refused = visitor.get(file_path("gbfs", "atlantis"))
    preflight = FlaskClient(app, app.response_class).options(PATH)
    assert preflight.headers["Access-Control-Allow-Headers"] == "*"
    for response in (refused, preflight):
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_file_is_compressed_once(
    visitor: Visitor, maps: CachedMaps, monkeypatch: pytest.MonkeyPatch
) -> None:
    compressed: list[bytes] = []

    def count(content: bytes) -> bytes:
        compressed.append(content)
        return zlib.compress(content, wbits=31)

    monkeypatch.setitem(COMPRESSORS, "gzip", count)
    for _ in range(3):
        response = visitor.get(PATH, headers={"Accept-Encoding": "gzip"})
        assert response.headers["Content-Encoding"] == "gzip"
        assert zlib.decompress(response.data, wbits=31) == visitor.get(PATH).data
        maps.responses.clear()
    assert len(compressed) == 1


def test_a_price_that_this_process_has_published_is_seen_at_once(
    visitor: Visitor, make_plan: PlanFactory, maps: CachedMaps
) -> None:
    path = file_path("vehicle_types")
    before = visitor.get(path).data
    make_plan(reserve_min=25)
    assert visitor.get(path).data != before


def test_while_one_makes_a_file_anew_others_get_the_old_one(app: Flask, maps: CachedMaps) -> None:
    with app.app_context():
        get_body("file", lambda: b"old")
        maps.now_s += MAX_AGE_S + 0.1
        others: list[object] = []

        def write() -> bytes:
            read = [lambda: get_body("file", lambda: b"unused").content] * 10
            others.extend(run_together(app, *read))
            return b"new"

        assert get_body("file", write).content == b"new"
    assert others == [b"old"] * 10


def test_what_this_process_has_written_replaces_a_file_and_meanwhile_others_get_the_old_one(
    app: Flask, maps: CachedMaps, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        get_body("file", lambda: b"old")
        monkeypatch.setattr(maps.cache, "versions", [lambda: "after a write"])
        others: list[object] = []

        def read() -> tuple[bytes, float]:
            body = get_body("file", lambda: b"unused")
            return body.content, remaining_max_age_s(body)

        def write() -> bytes:
            others.extend(run_together(app, *[read] * 4))
            return b"new"

        assert get_body("file", write).content == b"new"
        assert others == [(b"old", 1.0)] * 4
        assert len(body_cache()._entries) == 1
        assert remaining_max_age_s(get_body("file", lambda: b"unused")) == MAX_AGE_S


def test_after_a_write_the_old_file_is_used_while_the_database_does_not_answer(
    app: Flask, maps: CachedMaps, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> bytes:
        raise PoolTimeout("no connection")

    with app.app_context():
        get_body("file", lambda: b"old")
        monkeypatch.setattr(maps.cache, "versions", [lambda: "after a write"])
        assert get_body("file", fail).content == b"old"


@pytest.mark.usefixtures("maps")
def test_files_and_their_compressed_copies_are_limited_by_bytes(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MAX_TOTAL_BYTES", 250)
    monkeypatch.setitem(COMPRESSORS, "gzip", lambda content: content[:60])
    with app.app_context():
        cache = body_cache()
        _, second = (get_body(key, lambda: b"x" * 100) for key in "ab")
        assert list(cache._entries) == ["a", "b"]
        cache.compress(second, "gzip")
        assert list(cache._entries) == ["b"]
        get_body("large", lambda: b"x" * 1000)
        assert list(cache._entries) == ["large"]


def test_without_the_database_a_file_lasts_five_minutes(app: Flask, maps: CachedMaps) -> None:
    def fail() -> bytes:
        raise PoolTimeout("no connection")

    with app.app_context():
        get_body("file", lambda: b"old")
        maps.now_s += MAX_STALE_S - 1
        assert get_body("file", fail).content == b"old"
        maps.now_s += 2
        with pytest.raises(PoolTimeout):
            get_body("file", fail)
