"""The live map's feed: what stands in a window, what has changed there, and the same for all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text, update

from tests.explain import explain_plan
from tests.factories import VehicleFactory
from tests.visitor import Visitor
from webapp.db.transactions import run_transaction
from webapp.extensions import db
from webapp.fleet.enums import PUBLIC_STATES, FormFactor
from webapp.fleet.live_map import queries, services
from webapp.fleet.live_map.bounding_box import BoundingBox
from webapp.fleet.live_map.queries import MAX_CHANGES
from webapp.fleet.live_map.services import TIME_STEP_S, MapCache, _round_time, read_map
from webapp.fleet.models import Vehicle
from webapp.fleet.queries.filters import VehicleFilter
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Point

HERE = "40.72,-74.00,40.74,-73.98"
URL = f"/city/new%20york/vehicles.json?bbox={HERE}"


def window(around: Point, size: float = 0.05) -> BoundingBox:
    lat, lon = around
    return BoundingBox.parse(f"{lat - size},{lon - size},{lat + size},{lon + size}")


def keys(answer: Any) -> set[str]:
    return {vehicle[0] for vehicle in answer.json["vehicles"]}


def change(vehicle: Vehicle, **columns: Any) -> None:
    """What a ride, an owner or a feed does to it."""
    statement = update(Vehicle).where(Vehicle.id == vehicle.id).values(columns)
    run_transaction(lambda session: session.execute(statement))


@pytest.fixture
def a_while_ago(app: Flask) -> Callable[[], None]:
    """Let a minute pass for all vehicles: what changed then is not news any more."""

    def pass_() -> None:
        with app.app_context(), db.engines["write"].begin() as connection:
            connection.execute(
                text("UPDATE vehicles SET changed_at = changed_at - interval '1 minute'")
            )

    return pass_


# --- a window ---------------------------------------------------------------------------------


def test_a_window_tells_what_the_list_tells(visitor: Visitor, make_vehicle: VehicleFactory) -> None:
    free = make_vehicle(at=(40.7306, -73.9866), brand="Okai", range_m=21_000)
    make_vehicle(at=(40.7306, -73.9866), state="non_operational")
    make_vehicle(at=(40.7306, -73.9866), state="on_trip")
    make_vehicle(at=(40.8, -73.9866))
    make_vehicle("boston", at=(40.7306, -73.9866))
    answer = visitor.get(URL)
    assert answer.status_code == 200
    assert answer.json["full"] is True
    assert answer.json["number"] == 1
    assert answer.json["vehicles"] == [
        [str(free.public_key), 40.7306, -73.9866, "scooter", "available", "Okai scooter", "Free",
         21_000]
    ]  # fmt: skip
    assert abs(answer.json["at"] - datetime.now(UTC).timestamp()) < 60
    states = {v[4] for v in visitor.get(f"{URL}&show=all").json["vehicles"]}
    assert states == {"available", "non_operational"}


def test_nothing_stable_is_told(visitor: Visitor, make_vehicle: VehicleFactory) -> None:
    vehicle = make_vehicle(at=(40.73, -73.99))
    told = visitor.get(URL).text + visitor.get(f"{URL}&since=9999999999").text
    assert str(vehicle.public_id) in told
    assert str(vehicle.id) not in told
    assert vehicle.code not in told


def test_the_question_of_the_list_holds_for_the_map(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    at = (40.73, -73.99)
    red = make_vehicle(at=at, color="red", range_m=30_000)
    make_vehicle(at=at, color="red", range_m=1_000)
    make_vehicle(at=at, color="blue", range_m=30_000)
    make_vehicle(at=at, color="red", form_factor="car", range_m=30_000)
    question = f"{URL}&q=red&range=20&type=scooter_standing"
    assert keys(visitor.get(question)) == {str(red.public_key)}
    assert keys(visitor.get(f"{question}&since=9999999999")) == {str(red.public_key)}


def test_a_lapsed_reservation_is_free_on_the_map(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    now, at = datetime.now(UTC), (40.73, -73.99)
    lapsed = make_vehicle(at=at, state="reserved", reserved_until=now - timedelta(minutes=1))
    make_vehicle(at=at, state="reserved", reserved_until=now + timedelta(minutes=1))
    [told] = visitor.get(URL).json["vehicles"]
    assert told[0] == str(lapsed.public_key)
    assert told[4] == "available"


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example((40.73, -73.99), 0.02, [(0.5, 0.0), (-0.5, -0.5)])
@given(
    st.sampled_from([(40.73, -73.99), (0.0, 180.0), (-16.8, -179.99), (89.5, 0.0), (60.0, 0.0)]),
    st.sampled_from([0.003, 0.02, 0.1, 0.4]),
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=8),
)
def test_what_stands_in_a_window_is_told_wherever_on_earth_it_is(
    app: Flask, middle: tuple[float, float], size: float, offsets: list[tuple[float, float]]
) -> None:
    spots = [
        Point(max(-90.0, min(90.0, middle[0] + a * 2 * size)), wrap(middle[1] + b * 2 * size))
        for a, b in offsets
    ]
    low, high = max(-90.0, middle[0] - size), min(90.0, middle[0] + size)
    west, east = wrap(middle[1] - size), wrap(middle[1] + size)
    rows = [
        {"region": "us-east1", "city": "new york", "form_factor": "other", "id": uuid4(),
         "propulsion_type": "human", "lat": p.lat, "lon": p.lon, "cell": p.cell,
         "public_id": uuid4()}
        for p in spots
    ]  # fmt: skip

    def renew(session: Any) -> None:
        session.execute(text("DELETE FROM vehicles"))
        session.execute(insert(Vehicle), rows)

    with app.app_context():
        run_transaction(renew)
        new_york = catalogue().find("new york")
        assert new_york
        asked = BoundingBox.parse(f"{low},{west},{high},{east}")
        seen = read_map(VehicleFilter(new_york), asked, None)
        hair = 1e-9  # where exactly a line of the grid runs, floats do not agree
        inside = {
            row["public_id"]
            for row in rows
            if low + hair < row["lat"] < high - hair
            and hair < (row["lon"] - west) % 360 < 2 * size - hair
        }
        near_by = {
            row["public_id"]
            for row in rows
            if low - 0.021 <= row["lat"] <= high + 0.021
            and (row["lon"] - west + 0.021) % 360 <= 2 * size + 0.042
        }
        found = {vehicle.public_id for vehicle in seen.vehicles}
        assert inside <= found <= near_by
        assert seen.number == len(found)


def wrap(lon: float) -> float:
    return (lon + 540) % 360 - 180


@pytest.mark.parametrize(
    "bbox",
    ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "nan,0,1,1", "inf,0,1,1", "2,0,1,1", "-91,0,1,1",
     "0,-181,1,1", "0,0,1,1e400", "1" * 5000, "0x1,0,1,1"],
)  # fmt: skip
def test_a_window_that_is_none_is_refused(visitor: Visitor, bbox: str) -> None:
    assert visitor.get(f"/city/paris/vehicles.json?bbox={bbox}").status_code == 400


@pytest.mark.parametrize(
    "question", ["type=dragon", "range=x", "show=no", "price=x", "q=" + "x" * 61]
)
def test_a_question_that_makes_no_sense_is_refused(visitor: Visitor, question: str) -> None:
    assert visitor.get(f"{URL}&{question}").status_code == 400


@pytest.mark.parametrize(
    "since", ["", "x", "-1", "0", "1e400", "9" * 400, "nan", "2026-01-01", "-" + "9" * 400]
)
def test_a_time_that_is_none_gets_an_answer(visitor: Visitor, since: str) -> None:
    assert visitor.get(f"{URL}&since={since}").status_code == 200


def test_windows_that_differ_a_little_are_the_same() -> None:
    assert BoundingBox.parse("40.7213,-74.0512,40.8001,-73.9399") == BoundingBox.parse(
        "40.7299,-74.0589,40.8099,-73.9301"
    )
    assert BoundingBox.parse("40.72,-74.05,40.81,-73.93") == (40.72, -74.05, 40.81, -73.93)
    assert BoundingBox.parse("40.7211,-74.0012,40.7243,-74.0003") == (
        40.721,
        -74.002,
        40.725,
        -74.0,
    )


# --- many ---------------------------------------------------------------------------------------


@pytest.fixture
def crowd(app: Flask, make_vehicle: VehicleFactory) -> None:
    """600 vehicles: 2/3 in the one corner of a window, 1/3 in the other."""
    rows = []
    for number in range(600):
        far = number % 3 == 0
        point = Point(40.601 + far * 0.2, -74.101 + far * 0.2 + number * 1e-6)
        rows.append(
            {"region": "us-east1", "city": "new york", "form_factor": "other", "id": uuid4(),
             "propulsion_type": "human", "lat": point.lat, "lon": point.lon, "cell": point.cell}
        )  # fmt: skip
    with app.app_context():
        run_transaction(lambda session: session.execute(insert(Vehicle), rows))


@pytest.mark.usefixtures("crowd")
def test_many_are_told_as_counts_where_they_stand(
    visitor: Visitor, round_trips: Callable[[], int]
) -> None:
    visitor.get("/city/new%20york")
    round_trips()
    answer = visitor.get("/city/new%20york/vehicles.json?bbox=40.5,-74.2,40.9,-73.8").json
    assert round_trips() == 1
    assert answer["number"] == 600
    assert answer["vehicles"] == []
    groups = sorted(answer["groups"])
    assert [number for _, _, number in groups] == [400, 200]
    assert groups[0][:2] == pytest.approx([40.601, -74.101], abs=0.01)
    assert groups[1][:2] == pytest.approx([40.801, -73.901], abs=0.01)
    part = visitor.get("/city/new%20york/vehicles.json?bbox=40.75,-74.0,40.85,-73.8").json
    assert (part["number"], len(part["vehicles"]), part["groups"]) == (200, 200, [])
    everywhere = visitor.get("/city/new%20york/vehicles.json?bbox=-90,-180,90,180").json
    assert sum(number for _, _, number in everywhere["groups"]) == 600


@pytest.mark.usefixtures("crowd")
def test_a_crowded_street_comes_apart_when_one_looks_closely(visitor: Visitor) -> None:
    for _ in range(2):  # 400 more at a place 300 m away from the first: the same cell of the grid
        with visitor.application.app_context():
            run_transaction(
                lambda session: session.execute(
                    text(
                        "INSERT INTO vehicles (region, id, city, form_factor, propulsion_type,"
                        " brand, color, state, lat, lon, cell) SELECT region, gen_random_uuid(),"
                        " city, form_factor, propulsion_type, brand, color, state, lat + 0.003,"
                        " lon, cell FROM vehicles WHERE lat < 40.602"
                    )
                )
            )
    close = visitor.get("/city/new%20york/vehicles.json?bbox=40.6,-74.102,40.602,-74.1").json
    assert len(close["vehicles"]) == 400


# --- what has changed -----------------------------------------------------------------------


class Map:
    """A map as static/js/live_map.js keeps it."""

    def __init__(self, visitor: Visitor, url: str = URL) -> None:
        self.visitor = visitor
        self.url = url
        self.shown: dict[str, Any] = {}
        self.at: int | None = None
        self.asked = 0
        self.look()

    def look(self) -> None:
        """Ask for what has changed; and for everything, when something was missed."""
        self.asked += 1
        since = f"&since={self.at}" if self.at else ""
        answer = self.visitor.get(f"{self.url}{since}").json
        if answer["full"]:
            self.shown = {}
        for key in answer["gone"]:
            self.shown.pop(key, None)
        self.shown |= {vehicle[0]: vehicle for vehicle in answer["vehicles"]}
        has_all = len(self.shown) == answer["number"]
        self.at = answer["at"] if has_all else None
        if not has_all and not answer["full"]:
            self.look()

    @property
    def states(self) -> dict[str, str]:
        return {key: vehicle[4] for key, vehicle in self.shown.items()}


AT = (40.73, -73.99)


def test_only_what_has_changed_is_told(
    app: Flask, visitor: Visitor, make_vehicle: VehicleFactory, a_while_ago: Callable[[], None]
) -> None:
    taken, moved, gone, _ = (make_vehicle(at=AT) for _ in range(4))
    a_while_ago()
    followed = Map(visitor)
    assert len(followed.shown) == 4
    with app.app_context():
        change(taken, state="on_trip")
        point = Point(40.731, -73.99)
        change(moved, lat=point.lat, lon=point.lon, cell=point.cell)
        far = Point(40.9, -73.99)
        change(gone, lat=far.lat, lon=far.lon, cell=far.cell)
    new = make_vehicle(at=AT)
    answer = visitor.get(f"{URL}&since={followed.at}").json
    assert answer["full"] is False
    assert {v[0] for v in answer["vehicles"]} == {str(moved.public_key), str(new.public_key)}
    assert set(answer["gone"]) == {str(taken.public_key), str(gone.public_key)}
    assert answer["number"] == 3
    followed.look()
    assert followed.asked == 2
    assert followed.shown.keys() == keys(visitor.get(URL))
    assert followed.shown[str(moved.public_key)][1] == 40.731


def test_a_vehicle_that_was_ridden_unseen_is_not_shown_under_its_old_name(
    app: Flask, visitor: Visitor, make_vehicle: VehicleFactory, a_while_ago: Callable[[], None]
) -> None:
    """Between two looks a ride begins and ends: nobody tells that the old name is gone."""
    vehicle, _ = make_vehicle(at=AT), make_vehicle(at=AT)
    a_while_ago()
    followed = Map(visitor)
    with app.app_context():
        change(vehicle, state="on_trip")
        change(vehicle, state="available", public_id=uuid4())
    answer = visitor.get(f"{URL}&since={followed.at}").json
    assert str(vehicle.public_key) not in answer["gone"]
    followed.look()
    assert followed.asked == 3
    assert str(vehicle.public_key) not in followed.shown
    assert followed.shown.keys() == keys(visitor.get(URL))


@pytest.mark.parametrize(
    ("show", "expected"),
    [("available", {"available"}), ("all", {"available"})],
)
def test_a_reservation_that_lapses_is_news_without_a_change(
    app: Flask,
    visitor: Visitor,
    make_vehicle: VehicleFactory,
    a_while_ago: Callable[[], None],
    show: str,
    expected: set[str],
) -> None:
    now = datetime.now(UTC)
    vehicle = make_vehicle(at=AT, state="reserved", reserved_until=now + timedelta(hours=1))
    followed = Map(visitor, f"{URL}&show={show}")
    assert set(followed.states.values()) == ({"reserved"} if show == "all" else set())
    with app.app_context():
        change(vehicle, reserved_until=now - timedelta(seconds=1))
    a_while_ago()
    followed.look()
    assert set(followed.states.values()) == expected
    assert followed.asked == 2


def test_who_has_not_looked_for_long_gets_everything(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicle(at=AT)
    at = visitor.get(URL).json["at"]
    assert visitor.get(f"{URL}&since={at - 200}").json["full"] is False
    assert visitor.get(f"{URL}&since={at - 400}").json["full"] is True


def test_too_many_changes_are_not_told_but_all_is_to_be_asked_for(
    visitor: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed = Map(visitor)
    for _ in range(4):
        make_vehicle(at=AT)
    for module in (services, queries):
        monkeypatch.setattr(module, "MAX_CHANGES", 3)
    answer = visitor.get(f"{URL}&since={followed.at}").json
    assert (answer["number"], answer["vehicles"]) == (None, [])
    followed.look()
    assert len(followed.shown) == 4


ACTS = ["take", "bring back", "ride unseen", "reserve", "lapse", "remove", "move away", "add"]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(st.tuples(st.sampled_from([*ACTS, "look"]), st.integers(0, 3)), max_size=14),
    st.sampled_from(["available", "all"]),
)
def test_a_map_that_follows_shows_what_one_that_begins_anew_shows(
    app: Flask,
    visitor: Visitor,
    make_vehicle: VehicleFactory,
    acts: list[tuple[str, int]],
    show: str,
) -> None:
    with app.app_context():
        run_transaction(lambda session: session.execute(text("DELETE FROM vehicles")))
        fleet = [make_vehicle(at=AT) for _ in range(4)]
        url = f"{URL}&show={show}"
        followed = Map(visitor, url)
        for act, number in [*acts, ("look", 0)]:
            if act == "look":
                followed.look()
                assert followed.states == Map(visitor, url).states
            elif act == "add":
                fleet.append(make_vehicle(at=AT))
            else:
                do(act, fleet[number])


def do(act: str, vehicle: Vehicle) -> None:
    now, far = datetime.now(UTC), Point(40.9, -73.99)
    if act == "ride unseen":
        change(vehicle, state="on_trip")
    change(
        vehicle,
        **{
            "take": {"state": "on_trip"},
            "bring back": {"state": "available", "public_id": uuid4()},
            "ride unseen": {"state": "available", "public_id": uuid4()},
            "reserve": {"state": "reserved", "reserved_until": now + timedelta(hours=1)},
            "lapse": {"state": "reserved", "reserved_until": now - timedelta(seconds=1)},
            "remove": {"state": "removed"},
            "move away": {"lat": far.lat, "lon": far.lon, "cell": far.cell},
        }[act],
    )


# --- for all the same ---------------------------------------------------------------------------


def test_an_answer_costs_one_trip_and_may_be_kept_by_a_proxy(
    visitor: Visitor, rider: Visitor, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    make_vehicle(at=AT)
    visitor.get("/city/new%20york")
    with rider.session_transaction() as session:
        session.permanent = True  # "stay signed in", whose cookie is renewed with each answer
    assert "Set-Cookie" in rider.get("/city/new%20york").headers
    round_trips()
    for who in (visitor, rider):
        for url in (URL, f"{URL}&since=9999999999"):
            answer = who.get(url)
            assert round_trips() == 1
            assert answer.headers["Cache-Control"] == "public, max-age=0"
            assert "Set-Cookie" not in answer.headers
            assert "Cookie" not in answer.headers.get("Vary", "")
    assert visitor.get(URL).json["vehicles"] == rider.get(URL).json["vehicles"]


def test_what_is_known_already_is_not_sent_again(
    visitor: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_round_time", lambda at: 1_800_000_000)
    make_vehicle(at=AT)
    known = visitor.get(URL).headers["ETag"]
    again = visitor.get(URL, headers={"If-None-Match": known})
    assert again.status_code == 304
    assert again.data == b""
    make_vehicle(at=AT)
    assert visitor.get(URL, headers={"If-None-Match": known}).status_code == 200


def test_times_are_told_in_steps_so_that_maps_ask_alike() -> None:
    assert _round_time(datetime.fromtimestamp(1_800_000_009.9, UTC)) == 1_800_000_000


def test_a_window_is_read_once_in_some_seconds(
    app: Flask,
    visitor: Visitor,
    make_vehicle: VehicleFactory,
    round_trips: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.extensions, "movr_live", MapCache(3600))
    visitor.get(URL)
    round_trips()
    assert visitor.get(URL).json["number"] == 0
    assert round_trips() == 0
    make_vehicle(at=AT)
    assert visitor.get(URL).json["number"] == 0
    assert len(visitor.get(f"{URL}&show=all").json["vehicles"]) == 1
    monkeypatch.setitem(app.extensions, "movr_live", MapCache(0))
    assert len(visitor.get(URL).json["vehicles"]) == 1


def test_news_are_read_once_in_some_seconds_for_all_who_ask_since_the_same_step(
    app: Flask,
    visitor: Visitor,
    make_vehicle: VehicleFactory,
    round_trips: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.extensions, "movr_live", MapCache(3600))
    since = _round_time(datetime.now(UTC)) - 2 * TIME_STEP_S
    vehicle = make_vehicle(at=AT)
    first = visitor.get(f"{URL}&since={since}").json
    assert [told[0] for told in first["vehicles"]] == [str(vehicle.public_key)]
    round_trips()
    assert visitor.get(f"{URL}&since={since + TIME_STEP_S - 1}").json == first
    assert round_trips() == 0
    visitor.get(f"{URL}&since={since - 1}")
    assert round_trips() == 1


def test_a_map_in_whose_window_too_many_stand_now_asks_for_everything(
    visitor: Visitor, make_vehicle: VehicleFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_vehicle(at=AT)
    followed = Map(visitor)
    for module in (services, queries):
        monkeypatch.setattr(module, "MAX_VEHICLES", 2)
    for _ in range(4):
        make_vehicle(at=AT)
    answer = visitor.get(f"{URL}&since={followed.at}").json
    assert (answer["full"], answer["number"], answer["vehicles"]) == (False, None, [])
    followed.look()
    assert followed.shown == {}
    assert sum(number for _, _, number in visitor.get(URL).json["groups"]) == 5


# --- what it costs ------------------------------------------------------------------------------


def test_a_large_city_is_read_by_its_indexes(app: Flask, server: Any) -> None:
    """20,000 vehicles: a window reads its own cells, the news what has changed."""
    if server.get_backend_name() != "postgresql":
        pytest.skip("reads PostgreSQL's plans")
    fleet = text(
        """INSERT INTO vehicles (region, id, city, form_factor, propulsion_type, brand, color,
           state, lat, lon, cell, changed_at)
           SELECT 'us-east1', gen_random_uuid(), 'new york', 'other', 'electric', '', '',
                  CASE n % 20 WHEN 1 THEN 'reserved' WHEN 3 THEN 'on_trip' ELSE 'available' END,
                  lat, lon, floor((lat + 90) * 100) * 36000 + floor((lon + 180) * 100),
                  now() - n * interval '1 minute'
           FROM (SELECT n, 40.4 + (n % 141) * 0.005 AS lat, -74.3 + (n / 141) * 0.005 AS lon
                 FROM generate_series(CAST(:first AS int), :first + 1999) n) spread"""
    )
    with app.app_context():
        for first in range(1, 20_000, 2_000):
            with db.engines["write"].begin() as connection:
                connection.execute(fleet, {"first": first})
        autocommit = db.engines["write"].connect().execution_options(isolation_level="AUTOCOMMIT")
        with autocommit as connection:
            connection.execute(text("VACUUM ANALYZE vehicles"))
        city = catalogue().find("new york")
        assert city
        middle, since = Point(40.73, -73.99), int(datetime.now(UTC).timestamp())
        for wanted in (VehicleFilter(city), VehicleFilter(city, PUBLIC_STATES, FormFactor.OTHER)):
            for size in (0.003, 0.05):
                close = window(middle, size)
                full = explain_plan(lambda: read_map(wanted, close, None))  # noqa: B023
                assert full.indexes == {"ix_vehicles_cell"}, full.indexes
                assert "Seq Scan" not in full.nodes
                assert full.most_rows < 700
                news = explain_plan(lambda: read_map(wanted, close, since))  # noqa: B023
                assert news.indexes == {"ix_vehicles_cell", "ix_vehicles_changed"}
                assert "Seq Scan" not in news.nodes
                assert news.most_rows < 700
            # All 20,000 stand in it, and who follows does not count them.
            wide = window(middle, 1.5)
            news = explain_plan(lambda: read_map(wanted, wide, since))  # noqa: B023
            assert news.most_rows <= MAX_CHANGES, news.most_rows
