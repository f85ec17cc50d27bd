"""Paths of rides: parsing, thinning out, appending, deleting."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from math import cos, radians
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select
from sqlalchemy.engine import URL

from tests.auth.steps import age_rows
from tests.database_proxy import open_proxied_context
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.regions.geography import METRES_PER_DEGREE, Place, Point, distance_m
from webapp.riders.services.account_deletion import delete_account
from webapp.rides.models import Ride, RidePath
from webapp.rides.services import paths
from webapp.rides.services.end import end_ride
from webapp.rides.services.path_points import (
    MAX_SPEED_MPS,
    PathPoint,
    PathUnreadable,
    parse_points,
    thin_out,
)
from webapp.rides.services.paths import append_points, read_path
from webapp.rides.services.start import start_ride

LAT, LON = 40.73, -73.99


def point(seconds: float, north: float, east: float = 0.0) -> PathPoint:
    """Return where somebody is, so many metres from where the ride began."""
    lat = LAT + north / METRES_PER_DEGREE
    return PathPoint(seconds, lat, LON + east / METRES_PER_DEGREE / cos(radians(LAT)))


def zigzag(first: int, number: int) -> list[PathPoint]:
    """Return a way of which no point can be left out, one in ten seconds."""
    return [point(n * 10, n * 50, n % 2 * 40) for n in range(first, first + number)]


def format_points(fixes: list[PathPoint]) -> str:
    return ";".join(f"{each.seconds:.0f},{each.lat:.6f},{each.lon:.6f}" for each in fixes)


# --- reading -------------------------------------------------------------------------------


def test_points_are_read_as_they_are_sent() -> None:
    assert parse_points("0,40.73,-73.99;12.5,-8,179.999999;") == [
        (0, 40.73, -73.99), (12.5, -8, 179.999999),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "", ";", "1,2", "1,2,3,4", "1,91,0", "1,0,181", "-1,0,0", "nan,0,0", "1,nan,0", "1,1e1,0",
        "1, 2,3", "1;2;3", "٣,1,1", "1_0,1,1", "1,2,3;;4,5,6", "99999999,1,1", "[[1,2,3]]",
        ";".join(["1,2,3"] * 501),
    ],
)  # fmt: skip
def test_an_unreadable_path_is_refused(text: str) -> None:
    with pytest.raises(PathUnreadable):
        parse_points(text)


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_as_a_path_or_refused(text: str) -> None:
    try:
        fixes = parse_points(text)
    except PathUnreadable:
        return
    assert all(abs(each.lat) <= 90 and abs(each.lon) <= 180 for each in fixes)


# --- thinning out --------------------------------------------------------------------------


def test_a_straight_path_keeps_its_two_ends() -> None:
    path_points = [point(n * 10, n * 40) for n in range(30)]
    assert thin_out(path_points) == [path_points[0], path_points[-1]]


def test_a_corner_of_a_path_is_kept() -> None:
    path_points = [point(n * 10, n * 40) for n in range(5)] + [
        point(50 + n * 10, 160, n * 40) for n in range(5)
    ]
    assert [each.seconds for each in thin_out(path_points)] == [0, 40, 90]


def test_standing_still_adds_no_points() -> None:
    assert thin_out([point(0, 0), *(point(n * 10, n % 9) for n in range(1, 50))]) == [point(0, 0)]


def test_points_that_come_too_soon_add_nothing() -> None:
    assert thin_out([point(0, 0), point(4, 60), point(5, 60)]) == [point(0, 0), point(5, 60)]


def test_an_impossible_jump_is_left_out_and_the_path_goes_on() -> None:
    path_points = [point(0, 0), point(10, 50, 30), point(20, 3000), point(30, 150, 30)]
    assert thin_out(path_points) == [path_points[0], path_points[1], path_points[3]]


def test_points_not_later_than_the_last_one_are_left_out() -> None:
    path_points = zigzag(0, 10)
    assert thin_out(path_points, path_points[4]) == path_points[5:]
    assert thin_out(path_points, path_points[9]) == []


STEPS = st.tuples(st.integers(0, 40), st.integers(-300, 300), st.integers(-300, 300))


@pytest.mark.slow
@given(st.lists(STEPS, max_size=40), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_thinned_path_goes_forward_in_possible_steps(
    steps: list[tuple[int, int, int]], goes_on: bool
) -> None:
    seconds = north = east = 0
    path_points = []
    for later, up, right in steps:
        seconds, north, east = seconds + later, north + up, east + right
        path_points.append(point(seconds, north, east))
    last = point(0, 0) if goes_on else None
    new_points = thin_out(path_points, last)
    assert set(new_points) <= set(path_points)
    all_points = [last, *new_points] if last else new_points
    for before, after in pairwise(all_points):
        assert after.seconds - before.seconds >= 5
        metres = distance_m(before.position, after.position)
        assert metres <= MAX_SPEED_MPS * (after.seconds - before.seconds) + 1e-6


# --- keeping -------------------------------------------------------------------------------


@pytest.fixture
def ada(app: Flask, make_user: UserFactory) -> User:
    return make_user("ada")


@pytest.fixture
def ride(app: Flask, ada: User, make_vehicle: VehicleFactory) -> RowKey:
    """Ada has been riding for an hour."""
    with app.app_context():
        key = start_ride(ada.key, make_vehicle().public_key)
    age_rows(app, Ride, "started_at", timedelta(hours=1))
    return key


@pytest.fixture
def app_context(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


def read_points(row: RowReader, ride: RowKey) -> list[PathPoint]:
    path = row(RidePath, ride)
    return [PathPoint(*point) for point in path.points] if path else []


def rounded(fixes: list[PathPoint]) -> list[PathPoint]:
    return parse_points(format_points(fixes))


def test_batches_become_one_path(
    app_context: Flask, ada: User, ride: RowKey, row: RowReader
) -> None:
    path_points = rounded(zigzag(0, 12))
    for start in (0, 4, 8):
        append_points(ada.key, ride, path_points[start : start + 4])
    assert read_points(row, ride) == path_points
    assert read_path(ada.key, ride) == [list(each) for each in path_points]


def test_a_path_that_grows_does_not_move_in_the_index_of_its_deletion(
    ada: User, ride: RowKey, app_context: Flask, row: RowReader
) -> None:
    append_points(ada.key, ride, zigzag(0, 3))
    first_points_at = row(RidePath, ride).changed_at
    append_points(ada.key, ride, zigzag(3, 3))
    assert len(read_points(row, ride)) == 6
    assert row(RidePath, ride).changed_at == first_points_at


def test_batches_that_come_again_or_overlap_change_nothing(
    app_context: Flask, ada: User, ride: RowKey, row: RowReader
) -> None:
    path_points = rounded(zigzag(0, 12))
    for start, end in [(0, 5), (0, 5), (2, 8), (0, 8), (4, 6), (6, 12), (0, 12)]:
        append_points(ada.key, ride, path_points[start:end])
    assert read_points(row, ride) == path_points


def test_points_from_the_future_are_ignored(
    app_context: Flask, ada: User, ride: RowKey, row: RowReader
) -> None:
    path_points = rounded(zigzag(1, 5))
    append_points(ada.key, ride, [point(9_000, 10_000)])
    append_points(ada.key, ride, path_points)
    assert read_points(row, ride) == path_points


def test_a_path_has_a_maximum_of_points(
    app_context: Flask, ada: User, ride: RowKey, row: RowReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "MAX_POINTS", 7)
    for start in (0, 5, 10):
        append_points(ada.key, ride, zigzag(start, 5))
    assert len(read_points(row, ride)) == 7


def test_only_the_path_of_the_riders_own_open_ride_is_recorded(
    app_context: Flask, ada: User, ride: RowKey, make_user: UserFactory, row: RowReader
) -> None:
    eve = make_user("eve").key
    for rider, key in [(eve, ride), (ada.key, RowKey("us-west1", ride.id))]:
        with pytest.raises(NotFound):
            append_points(rider, key, zigzag(0, 5))
    with pytest.raises(NotFound):
        read_path(eve, ride)
    end_ride(ada.key, ride, Place("here", Point(40.7359, -73.9911)))
    with pytest.raises(NotFound):
        append_points(ada.key, ride, zigzag(0, 5))
    assert read_points(row, ride) == []
    assert read_path(ada.key, ride) == []


def test_no_point_is_appended_after_the_ride_has_ended(
    app_context: Flask, ada: User, ride: RowKey, row: RowReader
) -> None:
    progress = paths._read_progress(ada.key, ride)
    end_ride(ada.key, ride, Place("here", Point(40.7359, -73.9911)))
    assert not paths._append(ada.key, ride, progress, zigzag(0, 3))
    assert read_points(row, ride) == []


def test_a_concurrent_append_is_tried_again(
    app_context: Flask, ada: User, ride: RowKey, row: RowReader
) -> None:
    progress = paths._read_progress(ada.key, ride)
    append_points(ada.key, ride, zigzag(0, 5))
    before = read_points(row, ride)
    assert not paths._append(ada.key, ride, progress, zigzag(0, 5))
    assert read_points(row, ride) == before


def test_batches_at_the_same_time_make_a_path_in_order(
    app_context: Flask, ada: User, ride: RowKey, row: RowReader
) -> None:
    """Two tabs send the same way, and more of it: whoever comes first, no point is there twice."""
    path_points = rounded(zigzag(0, 40))
    results = run_together(app_context, *[
        lambda n=n: append_points(ada.key, ride, path_points[: 10 + 10 * (n % 4)]) for n in range(6)
    ])  # fmt: skip
    assert all(each is None or isinstance(each, paths.PathBusy) for each in results), results
    append_points(ada.key, ride, path_points)
    assert read_points(row, ride) == path_points


@pytest.mark.slow
@pytest.mark.parametrize("drop", ["drop_result_of", "drop_query"])
def test_a_lost_connection_duplicates_no_point(
    server: URL, database: URL, app: Flask, ada: User, ride: RowKey, row: RowReader, drop: str
) -> None:
    path_points = rounded(zigzag(0, 6))
    with open_proxied_context(server, database) as proxy:
        append_points(ada.key, ride, path_points[:3])
        getattr(proxy, drop)("INSERT INTO ride_paths")
        append_points(ada.key, ride, path_points)
        assert proxy.pending_cut is None
    assert read_points(row, ride) == path_points


def test_the_distance_of_the_receipt_follows_the_path(
    app_context: Flask, ada: User, ride: RowKey, row: RowReader
) -> None:
    append_points(
        ada.key, ride, [point(10, 0), point(100, 500), point(200, 500, 500), point(300, 0, 500)]
    )
    end_ride(ada.key, ride, Place(None, Point(LAT, LON)))
    assert row(Ride, ride).distance_m == pytest.approx(1500, abs=5)


# --- as a browser sends it -----------------------------------------------------------------


@pytest.fixture
def page(app: Flask, visitor: Visitor, ada: User, ride: RowKey) -> Visitor:
    return visitor.sign_in(ada)


def test_the_page_of_a_running_ride_has_what_recording_needs(page: Visitor, ride: RowKey) -> None:
    html = page.get(f"/rides/{ride}").text
    assert f'data-path-recorder="/rides/path/{ride}"' in html
    assert re.search(r'data-elapsed-seconds="36\d\d"', html)
    assert "deleted after 30 days" in html


def test_a_batch_is_kept_in_three_round_trips(
    page: Visitor, ride: RowKey, round_trips: Callable[[], int]
) -> None:
    fields = {"csrf_token": page.token(), "points": format_points(zigzag(0, 4))}
    round_trips()
    response = page.post(f"/rides/path/{ride}", data=fields)
    assert (response.status_code, response.data) == (204, b"")
    assert round_trips() == 3
    assert page.post(f"/rides/path/{ride}", data=fields).status_code == 204
    assert round_trips() == 2, "who is asking, and that there is nothing new"
    response = page.get(f"/rides/path/{ride}")
    assert round_trips() == 2
    assert [point[0] for point in json.loads(response.text)] == [0, 10, 20, 30]


def test_the_error_of_an_unreadable_path_explains_the_format(page: Visitor, ride: RowKey) -> None:
    for fields in ({}, {"points": ""}, {"points": "here"}):
        data = {"csrf_token": page.token(), **fields}
        accepts = {"Accept": "application/json"}
        response = page.post(f"/rides/path/{ride}", data=data, headers=accepts)
        assert response.status_code == 422
        assert "Each point has seconds" in response.get_json()["error_description"]
        assert page.post(f"/rides/path/{ride}", data=data).status_code == 422


def test_others_can_neither_send_nor_see_a_path(
    app: Flask, page: Visitor, ride: RowKey, make_user: Callable[..., User]
) -> None:
    page.send(f"/rides/path/{ride}", points=format_points(zigzag(0, 4)))
    eve: Any = app.test_client()
    eve.sign_in(make_user("eve", roles=["admin"]))
    assert eve.get(f"/rides/path/{ride}").status_code == 404
    assert eve.send(f"/rides/path/{ride}", points=format_points(zigzag(0, 4))).status_code == 404


def test_the_map_of_the_receipt_has_the_address_of_the_path(page: Visitor, ride: RowKey) -> None:
    page.send(f"/rides/end/{ride}", lat=str(LAT), lon=str(LON))
    assert f'data-path-url="/rides/path/{ride}"' in page.get(f"/rides/{ride}").text


# --- forgetting ----------------------------------------------------------------------------


def test_deleting_an_account_deletes_its_paths_and_keeps_its_rides(
    app_context: Flask,
    ada: User,
    ride: RowKey,
    row: RowReader,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    append_points(ada.key, ride, zigzag(0, 5))
    end_ride(ada.key, ride, Place("here", Point(40.7359, -73.9911)))
    bob = make_user("bob").key
    his = start_ride(bob, make_vehicle().public_key)
    append_points(bob, his, [point(0, 0)])
    delete_account(ada)
    assert db.session.scalars(select(RidePath.ride_id)).all() == [his.id]
    stored = row(Ride, ride)
    assert (stored.rider_id, stored.ended_at is None) == (None, False)


def test_the_personal_data_export_has_the_paths(page: Visitor, ride: RowKey) -> None:
    page.send(f"/rides/path/{ride}", points=format_points(zigzag(0, 3)))
    (response,) = json.loads(page.send("/users/me/data.json").text)["ride-paths"]
    assert [point[0] for point in response["points"]] == [0, 10, 20]
    assert response["ride_id"] == str(ride.id)


def test_a_path_is_deleted_after_a_month_and_its_ride_is_kept(
    app: Flask, ada: User, ride: RowKey, row: RowReader
) -> None:
    with app.app_context(), db.engines["write"].begin() as connection:
        values = {"region": ride.region, "ride_id": ride.id, "points": [[0, LAT, LON]]}
        connection.execute(insert(RidePath).values(**values, changed_at=func.now()))
    for days, is_kept in [(29, True), (2, False)]:
        age_rows(app, RidePath, "changed_at", timedelta(days=days))
        assert app.test_cli_runner().invoke(args=["sweep"]).exit_code == 0
        assert (row(RidePath, ride) is not None) == is_kept
    assert row(Ride, ride)
