"""Unlock codes: typing or scanning one, its page, and the limit on wrong codes."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event, insert
from sqlalchemy.exc import IntegrityError

from tests.factories import PASSWORD, RowReader, UserFactory, VehicleFactory
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.fleet.unlock_codes.label_sheets import format_code
from webapp.fleet.unlock_codes.services import UnlockCode, parse_code
from webapp.fleet.unlock_codes.signatures import LETTERS, sign_code
from webapp.rides.reservations.models import Reservation

CODE = "KD4M7HA2XE"
UNKNOWN_CODE = "AAAAA-AAAAA"


@pytest.mark.parametrize(
    "typed",
    ["KD4M7HA2XE", "kd4m7ha2xe", "KD4M7-HA2XE", " kd4m7 ha2xe ", "KD4M7\u2013HA2XE",
     "K-D-4-M-7-H-A-2-X-E", "KO4M7HA2XE", "K04M7-HAZXE", "\uff2bD4M7-HA2XE",
     "\u041aD4\u041c7-\u041d\u04102\u0425\u0415", "KD4M7\u00a0HA2XE"],
)  # fmt: skip
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert parse_code(typed) == UnlockCode(None, CODE)


def test_the_code_of_a_label_names_its_region() -> None:
    code = parse_code("europe-west1.kd4m7-ha2xe")
    assert code == UnlockCode("europe-west1", CODE)
    assert str(code) == f"europe-west1.{CODE}"


@pytest.mark.parametrize(
    "typed",
    ["", "-", "KD4M7HA2X", "KD4M7HA2XEE", "KD4M7HA2X!", "KD4M7HA2X1", "K" * 5000, "\0" * 10],
)
def test_an_invalid_code_is_read_as_none(typed: str) -> None:
    assert parse_code(typed) is None


def test_every_code_that_the_database_makes_is_read(make_vehicle: VehicleFactory) -> None:
    for _ in range(10):
        code = make_vehicle().code
        assert parse_code(format_code(code).lower()) == UnlockCode(None, code)
        assert set(code) <= set(LETTERS)


# --- typing a code ---------------------------------------------------------------------------


def test_typing_a_code_leads_to_the_vehicle(visitor: Visitor, make_vehicle: VehicleFactory) -> None:
    make_vehicle(code=CODE)
    assert 'name="code"' in visitor.get("/v").text
    response = visitor.get("/v?code=kd4m7+ha2xe")
    assert response.location == f"/v/{CODE}"
    for path in (f"/v/{CODE}", "/v/kd4m7-ha2xe"):
        assert "Okai scooter" in visitor.get(path).text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/v?code=", 422, "Fill this in."),
        ("/v?code=KD4", 422, "No vehicle has this code."),
        ("/v/KD4", 404, "No vehicle has this code."),
        (f"/v/{UNKNOWN_CODE}", 404, "No vehicle has this code."),
    ],
)
def test_a_wrong_code_is_refused_beside_the_field_and_kept(
    visitor: Visitor, path: str, status: int, words: str
) -> None:
    response = visitor.get(path)
    assert response.status_code == status
    assert words in response.text.split('id="code-error"')[1].split("</p>")[0]
    typed = path.replace("/v?code=", "").replace("/v/", "")
    assert f'id="code" name="code" value="{typed}"' in response.text


def test_the_code_of_a_removed_vehicle_is_not_found(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    assert visitor.get(f"/v/{make_vehicle(state='removed').code}").status_code == 404


# --- the page of a code ----------------------------------------------------------------------


def test_the_page_of_a_code_shows_neither_the_position_nor_the_public_id(
    rider: Visitor, visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    vehicle = make_vehicle()
    for browser in (rider, visitor):
        page = browser.get(f"/v/{vehicle.code}").text
        assert "black" in page
        for secret in ("Main Street", str(vehicle.public_id), str(vehicle.id), "40.73", "New York"):
            assert secret not in page


def test_a_rider_sees_the_price_before_the_unlock_button(
    rider: Visitor, make_vehicle: VehicleFactory, round_trips: Callable[[], int]
) -> None:
    code = make_vehicle().code
    rider.get(f"/v/{code}")
    round_trips()
    page = rider.get(f"/v/{code}").text
    assert round_trips() == 2
    assert f'action="/v/us-east1.{code}"' in page
    assert page.index('id="price"') < page.index("Unlock and ride")


def test_a_visitor_returns_to_the_vehicle_after_login(
    visitor: Visitor, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    ada, code = make_user("ada"), make_vehicle().code
    page = visitor.get(f"/v/{code}").text
    assert "Unlock and ride" not in page
    assert f'href="/login?next=/v/us-east1.{code}"' in page
    assert f'href="/register?next=/v/us-east1.{code}"' in page
    response = visitor.send(f"/login?next=/v/{code}", username=ada.username, password=PASSWORD)
    assert response.location == f"/v/{code}"


def test_unlocking_starts_the_ride_and_the_page_says_so(
    rider: Visitor, visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    code = make_vehicle().code
    ride = rider.send(f"/v/{format_code(code).lower()}").location
    assert ride.startswith("/rides/us-east1.")
    page = rider.get(f"/v/{code}").text
    assert "You're riding it." in page
    assert f'href="{ride}"' in page
    page = visitor.get(f"/v/{code}").text
    assert "Someone is riding it." in page
    assert ride not in page


def test_a_rider_with_an_open_ride_must_end_it_first(
    rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    rider.send(f"/v/{make_vehicle().code}")
    page = rider.get(f"/v/{make_vehicle().code}").text
    assert "End it before you start another." in page
    assert "Unlock and ride" not in page


@pytest.mark.parametrize("state", ["non_operational", "missing"])
def test_a_vehicle_out_of_service_cannot_be_unlocked(
    rider: Visitor, make_vehicle: VehicleFactory, state: str
) -> None:
    page = rider.get(f"/v/{make_vehicle(state=state).code}").text
    assert "out of service right now." in page
    assert "Unlock and ride" not in page


def add_reservation(app: Flask, user: User, vehicle: Vehicle, until: datetime) -> None:
    row = {"id": uuid4(), "vehicle_region": vehicle.region, "vehicle_id": vehicle.id}
    row |= {"region": user.region, "rider_id": user.id, "reserved_at": until, "until": until}
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(insert(Reservation).values(row))


def test_a_reserved_vehicle_can_be_unlocked_by_its_rider_only(
    app: Flask,
    visitor: Visitor,
    rider: Visitor,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    ada, until = make_user("ada"), datetime.now(UTC) + timedelta(minutes=5)
    vehicle = make_vehicle(state="reserved", reserved_until=until)
    add_reservation(app, ada, vehicle, until)
    page = visitor.sign_in(ada).get(f"/v/{vehicle.code}").text
    assert "Reserved for you." in page
    assert "Unlock and ride" in page
    page = rider.get(f"/v/{vehicle.code}").text
    assert "Someone has reserved it." in page
    assert "Unlock and ride" not in page


def test_an_expired_reservation_is_ignored_when_another_rider_has_reserved_the_vehicle(
    app: Flask,
    visitor: Visitor,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
) -> None:
    ada, now = make_user("ada"), datetime.now(UTC)
    vehicle = make_vehicle(state="reserved", reserved_until=now + timedelta(minutes=5))
    add_reservation(app, ada, vehicle, now - timedelta(minutes=1))
    add_reservation(app, make_user("bob"), vehicle, now + timedelta(minutes=5))
    page = visitor.sign_in(ada).get(f"/v/{vehicle.code}").text
    assert "Reserved for you." not in page
    assert "Someone has reserved it." in page


def test_a_vehicle_with_an_expired_reservation_can_be_unlocked(
    rider: Visitor, make_vehicle: VehicleFactory
) -> None:
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    vehicle = make_vehicle(state="reserved", reserved_until=long_ago)
    page = rider.get(f"/v/{vehicle.code}").text
    assert "Unlock and ride" in page
    assert "Reserved" not in page


# --- the region of a code --------------------------------------------------------------------


@pytest.fixture
def asked_regions(app: Flask) -> Iterator[list[list[str]]]:
    """The regions in which each query has looked for a code."""
    queries: list[list[str]] = []

    def record(_: Any, __: Any, sql: str, parameters: Any, *___: Any) -> None:
        if "vehicles.code =" in sql:
            regions = [k for k in parameters if re.fullmatch(r"region_\d+_\d+", k)]
            queries.append([parameters[key] for key in sorted(regions)])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", record)
    yield queries
    event.remove(engine, "before_cursor_execute", record)


@pytest.mark.parametrize("city", ["new york", "paris"])
def test_the_code_of_a_label_asks_only_its_region(
    visitor: Visitor,
    make_vehicle: VehicleFactory,
    asked_regions: list[list[str]],
    city: str,
) -> None:
    vehicle = make_vehicle(city)
    assert visitor.get(f"/v/{vehicle.label_code}").status_code == 200
    assert asked_regions == [[vehicle.region]]


def test_a_typed_code_asks_the_region_of_the_visitors_city_first(
    visitor: Visitor, make_vehicle: VehicleFactory, asked_regions: list[list[str]]
) -> None:
    near, far = make_vehicle("paris"), make_vehicle("new york")
    visitor.get("/city?city=paris")
    assert visitor.get(f"/v/{near.code}").status_code == 200
    assert asked_regions == [["europe-west1"]]
    assert visitor.get(f"/v/{far.code}").status_code == 200
    assert asked_regions[1:] == [["europe-west1"], ["us-east1", "us-west1"]]


@pytest.mark.parametrize("region", ["us-west1", "asia-east1", "europe-west1"])
def test_a_label_works_when_its_city_has_moved_to_another_region(
    rider: Visitor, make_vehicle: VehicleFactory, region: str
) -> None:
    """asia-east1: a region that is closed."""
    vehicle = make_vehicle("new york")
    assert "Unlock and ride" in rider.get(f"/v/{region}.{vehicle.code}").text
    assert rider.send(f"/v/{region}.{vehicle.code}").location.startswith("/rides/")


def test_the_same_code_in_two_regions_is_found_in_the_visitors_own(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    make_vehicle("new york", code=CODE, brand="American")
    make_vehicle("paris", code=CODE, brand="French")
    for city, brand in (("boston", "American"), ("paris", "French")):
        visitor.get(f"/city?city={city}")
        assert brand in visitor.get(f"/v/{CODE}").text
    assert "French" in visitor.get(f"/v/europe-west1.{CODE}").text
    visitor.get("/city?city=seattle")
    response = visitor.get(f"/v/{CODE}")
    assert response.status_code == 409
    assert (
        "Vehicles in two regions have this code. Scan the label, or choose your city first."
        in response.text
    )


def test_two_vehicles_of_a_region_never_have_the_same_code(make_vehicle: VehicleFactory) -> None:
    make_vehicle("new york", code=CODE)
    with pytest.raises(IntegrityError, match="uq_vehicles_region_code"):
        make_vehicle("boston", code=CODE)


# --- the limit on wrong codes ----------------------------------------------------------------


@pytest.fixture
def three_attempts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "LIMIT_CODES", (3, 900))


def test_guessing_codes_is_rate_limited(
    three_attempts: None, visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    """After several wrong codes an address gets no answer, also to a correct code."""
    vehicle = make_vehicle()
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert [visitor.get(f"/v/{UNKNOWN_CODE}").status_code for _ in range(4)] == [404] * 3 + [429]
    refused = visitor.get(f"/v/{vehicle.code}")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert visitor.get(f"/v/{vehicle.code}", environ_base=elsewhere).status_code == 200


def test_a_scanned_code_is_found_where_somebody_guesses(
    three_attempts: None,
    app: Flask,
    visitor: Visitor,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Visitors share the address of a mobile network with whoever guesses."""
    vehicle = make_vehicle()
    with app.app_context():
        scanned, guessed = sign_code(vehicle.code), sign_code(UNKNOWN_CODE)
    for _ in range(3):
        visitor.get(f"/v/{UNKNOWN_CODE}")
    assert visitor.get(f"/v/{scanned}").status_code == 200
    typed = visitor.get(f"/v/{vehicle.code}")
    assert typed.status_code == 429
    assert (
        "Too many wrong codes from your network. Scan the code on the vehicle, or sign in and try again."
        in typed.text
    )
    assert visitor.get(f"/v/{vehicle.code}-{guessed[-8:]}").status_code == 429
    assert visitor.get(f"/v/{guessed}").status_code == 429
    earlier, key = app.config["SECRET_KEY"], "k" * 40
    monkeypatch.setitem(app.config, "SECRET_KEY", key)
    assert visitor.get(f"/v/{scanned}").status_code == 429
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", (earlier,))
    assert visitor.get(f"/v/{scanned}").status_code == 200


def test_a_code_with_a_wrong_signature_is_a_typed_one(
    visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    code = make_vehicle().code
    assert visitor.get(f"/v/{code}-{'2' * 8}").status_code == 200
    assert visitor.get(f"/v/{code}-{'2' * 7}").status_code == 404


def test_guesses_from_a_large_ipv6_network_are_counted_together(
    three_attempts: None, visitor: Visitor
) -> None:
    statuses = [
        visitor.get(
            f"/v/{UNKNOWN_CODE}", environ_base={"REMOTE_ADDR": f"2001:db8:1:{n:x}::1"}
        ).status_code
        for n in range(13)
    ]
    assert statuses == [404] * 12 + [429]


def test_wrong_codes_of_a_rider_are_counted_by_account(
    three_attempts: None,
    visitor: Visitor,
    rider: Visitor,
    make_vehicle: VehicleFactory,
    row: RowReader,
) -> None:
    """Several riders may share an address, and one rider may use several."""
    vehicle, elsewhere = make_vehicle(), {"REMOTE_ADDR": "203.0.113.9"}
    for _ in range(4):
        visitor.get(f"/v/{UNKNOWN_CODE}")
    assert visitor.get(f"/v/{vehicle.code}").status_code == 429
    assert rider.get(f"/v/{vehicle.code}").status_code == 200
    for _ in range(3):
        assert rider.get(f"/v/{UNKNOWN_CODE}", environ_base=elsewhere).status_code == 404
    assert rider.send(f"/v/{vehicle.code}").status_code == 429
    assert row(Vehicle, vehicle.key).state == "available"


def test_unlocking_counts_wrong_codes_too(three_attempts: None, rider: Visitor) -> None:
    statuses = [rider.send(f"/v/{UNKNOWN_CODE}").status_code for _ in range(4)]
    assert statuses == [404] * 3 + [429]


def test_correct_and_incomplete_codes_are_not_counted(
    three_attempts: None, visitor: Visitor, make_vehicle: VehicleFactory
) -> None:
    code = make_vehicle().code
    for _ in range(5):
        assert visitor.get(f"/v/{code}").status_code == 200
        assert visitor.get("/v/KD4").status_code == 404
