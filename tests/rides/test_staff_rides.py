"""Open rides for staff: the list of a city, and ending a ride for its rider."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from tests.auth.steps import read_audit_events
from tests.explain import explain_plan
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.job_steps import read_mails
from tests.ledger_audit import check_ledger
from tests.rides.conftest import MakeOpenRide
from tests.threads import run_together
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.paging import read_time_cursor
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place
from webapp.riders.wallet.ledger import read_balances
from webapp.rides.enums import EndReason
from webapp.rides.models import OpenRide, Ride
from webapp.rides.services.batches import long_rides_query
from webapp.rides.services.end import end_ride
from webapp.rides.services.end_decision import EndDecision
from webapp.rides.services.staff import end_for_rider, find_staff_ride, list_open_rides

HOUR = timedelta(hours=1)
#: What staff choose.
FORGOTTEN = {"reason": "rider_forgot", "charged_time": "until_now"}


ASKED = EndDecision(EndReason.RIDER_ASKED)


@pytest.fixture
def staff(visitor: Visitor, make_user: UserFactory) -> Visitor:
    """A colleague for New York and Boston."""
    return visitor.sign_in(make_user("sam", roles={"fleet": ["new york", "boston"]}))


def test_the_longest_rides_come_first_and_very_long_ones_are_marked(
    staff: Visitor, make_open_ride: MakeOpenRide
) -> None:
    make_open_ride("ada", HOUR, brand="Short")
    make_open_ride("bob", 13 * HOUR, brand="Forgotten")
    make_open_ride("eve", 5 * HOUR, brand="Middle")
    page = staff.get("/fleet/rides?city=new+york").text
    assert page.index("Forgotten") < page.index("Middle") < page.index("Short")
    assert "13 h" in page
    assert page.count("very long") == page.count("#clock") == 1
    assert "Bob L." in page
    assert "bob@example.org" not in page


@pytest.mark.usefixtures("_minute_price")
def test_the_price_so_far_is_shown_beside_the_ride(
    staff: Visitor, make_open_ride: MakeOpenRide
) -> None:
    make_open_ride("ada", HOUR + timedelta(seconds=30))
    assert "$16.25" in staff.get("/fleet/rides?city=new+york").text


def test_the_list_has_only_open_rides_of_the_city(
    staff: Visitor, rider: Visitor, make_open_ride: MakeOpenRide, make_vehicle: VehicleFactory
) -> None:
    make_open_ride("ada", HOUR, "paris", brand="Parisian")
    make_open_ride("bob", HOUR, "boston", brand="Bostonian")
    page = rider.send(f"/rides/start/{make_vehicle(brand='Ended').public_key}").location
    rider.send(page.replace("/rides/", "/rides/end/"), address="here", spot="city")
    assert "No rides right now" in staff.get("/fleet/rides?city=new+york").text
    boston = staff.get("/fleet/rides?city=boston").text
    assert "Bostonian" in boston
    assert "Parisian" not in boston


def test_staff_see_and_end_rides_of_their_cities_alone(
    staff: Visitor, rider: Visitor, make_open_ride: MakeOpenRide, row: RowReader
) -> None:
    paris = make_open_ride("ada", HOUR, "paris")
    assert staff.get("/fleet/rides?city=paris").status_code == 404
    nowhere = RowKey("us-east1", uuid4())
    for key in (paris, nowhere):
        assert staff.get(f"/fleet/rides/{key}/end").status_code == 404
        assert staff.send(f"/fleet/rides/{key}/end", **FORGOTTEN).status_code == 404
    assert row(Ride, paris).ended_at is None
    assert rider.get("/fleet/rides").status_code == 403
    assert rider.send(f"/fleet/rides/{paris}/end").status_code == 403


@pytest.mark.slow
def test_pages_show_each_ride_once_and_cost_two_round_trips(
    app: Flask, staff: Visitor, make_open_ride: MakeOpenRide, round_trips: Callable[[], int]
) -> None:
    keys = [make_open_ride(f"rider{number}", (9 - number) * HOUR) for number in range(7)]
    with app.app_context():
        city = catalogue().find("new york")
        assert city
        first = list_open_rides(city, None)
        rest = list_open_rides(city, read_time_cursor(first.after))
    assert [running.ride.key for running in [*first.rows, *rest.rows]] == keys
    round_trips()
    page = staff.get("/fleet/rides?city=new+york").text
    assert round_trips() == 2
    more = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert staff.get(more).status_code == 200
    assert round_trips() == 2
    staff.get(f"/fleet/rides/{keys[0]}/end")
    assert round_trips() == 2


# --- ending --------------------------------------------------------------------------------


@pytest.mark.usefixtures("_minute_price")
def test_a_ride_that_staff_end_is_charged_until_now_and_ends_where_it_started(
    app: Flask, staff: Visitor, make_open_ride: MakeOpenRide, row: RowReader
) -> None:
    key = make_open_ride("ada", HOUR + timedelta(seconds=30))
    response = staff.send(f"/fleet/rides/{key}/end", **FORGOTTEN)
    assert response.location == "/fleet/rides?city=new+york"
    assert "Ride ended. The rider gets the receipt by e-mail." in staff.get(response.location).text
    ride = row(Ride, key)
    assert (ride.price, ride.end, ride.ended_at is None) == (1625, ride.start, False)
    vehicle = row(Vehicle, RowKey(key.region, ride.vehicle_id))
    assert (vehicle.state, vehicle.place) == ("available", ride.start)
    ada = RowKey(ride.rider_region, ride.rider_id)
    assert row(OpenRide, ada) is None
    with app.app_context():
        assert read_balances(ada) == {"USD": -1625}


def test_the_receipt_says_that_staff_ended_the_ride_and_the_audit_trail_says_who(
    app: Flask, staff: Visitor, make_open_ride: MakeOpenRide, make_user: UserFactory
) -> None:
    key = make_open_ride("ada", HOUR)
    staff.send(f"/fleet/rides/{key}/end", **FORGOTTEN)
    (mail,) = read_mails(app, "ada@example.org")
    assert (
        "Our staff ended this ride for you, because it looked as if you had forgotten to."
        in mail.body
    )
    (event,) = read_audit_events(app, AuditKind.RIDE_ENDED)
    assert event.subject == f"ride {key}"
    assert event.actor is not None
    with app.app_context():
        actor = db.session.get(User, tuple(event.actor))
    assert actor is not None
    assert actor.username == "sam"


@pytest.mark.usefixtures("_minute_price")
def test_staff_may_enter_where_the_vehicle_is(
    staff: Visitor, make_open_ride: MakeOpenRide, row: RowReader
) -> None:
    key = make_open_ride("ada", HOUR)
    staff.send(
        f"/fleet/rides/{key}/end", **FORGOTTEN, lat="40.75", lon="-73.98", address="In the yard"
    )
    ride = row(Ride, key)
    assert (ride.end.address, ride.end.point) == ("In the yard", (40.75, -73.98))
    assert ride.distance_m == pytest.approx(2232, abs=5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"lat": "40.75"}, "Enter the longitude, too."),
        ({"lat": "91", "lon": "0"}, "Enter a latitude between -90 and 90."),
        ({"lat": "48.85", "lon": "2.35"}, "more than 100 km from the city"),
        ({"address": "x" * 201}, "Use at most 200 characters."),
    ],
)
def test_a_place_too_far_away_is_refused_beside_the_field(
    staff: Visitor,
    make_open_ride: MakeOpenRide,
    row: RowReader,
    place: dict[str, str],
    message: str,
) -> None:
    key = make_open_ride("ada", HOUR)
    response = staff.send(f"/fleet/rides/{key}/end", **FORGOTTEN, **place)
    assert response.status_code == 422
    assert message in response.text
    assert row(Ride, key).ended_at is None


def test_ending_twice_ends_once(
    app: Flask, staff: Visitor, make_open_ride: MakeOpenRide, row: RowReader
) -> None:
    key = make_open_ride("ada", HOUR)
    staff.send(f"/fleet/rides/{key}/end", **FORGOTTEN)
    ended = row(Ride, key).ended_at
    response = staff.send(f"/fleet/rides/{key}/end", **FORGOTTEN, address="Elsewhere")
    assert response.location == "/fleet/rides?city=new+york"
    assert "This ride had already ended." in staff.get(response.location).text
    assert staff.get(f"/fleet/rides/{key}/end").status_code == 303
    assert (row(Ride, key).ended_at, row(Ride, key).end_address) == (ended, "1 Main Street")
    assert len(read_audit_events(app, AuditKind.RIDE_ENDED)) == len(read_mails(app)) == 1


@pytest.mark.usefixtures("_minute_price")
def test_a_rider_and_staff_who_end_it_at_the_same_time_end_and_charge_it_once(
    app: Flask, make_open_ride: MakeOpenRide, row: RowReader, make_user: UserFactory
) -> None:
    sam = make_user("sam", roles=["fleet"])
    key = make_open_ride("ada", HOUR)
    ride = row(Ride, key)
    ada = RowKey(ride.rider_region, ride.rider_id)
    results = run_together(
        app,
        lambda: end_ride(ada, key, row(Ride, key).start),
        lambda: end_for_rider(sam.key, find_staff_ride(sam, key), Place("there"), ASKED),
    )
    assert not [response for response in results if isinstance(response, Exception)], results
    assert (
        len(read_audit_events(app, AuditKind.RIDE_ENDED))
        == len(read_mails(app, "ada@example.org"))
        == 1
    )
    with app.app_context(), db.engines["write"].connect() as connection:
        check_ledger(connection)


# --- what it costs -------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_a_page_of_open_rides_reads_only_its_part_of_the_index(
    app: Flask, make_user: UserFactory
) -> None:
    make_user("ada")
    vehicles = text(
        """INSERT INTO vehicles (region, id, city, form_factor, propulsion_type, brand, color, state)
           SELECT 'us-east1', gen_random_uuid(), 'new york', 'bicycle', 'human', '', '', 'on_trip'
           FROM generate_series(1, 2500)"""
    )
    rides = text(
        """INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id, started_at)
           SELECT v.region, gen_random_uuid(), v.city, v.id, u.region, u.id,
                  now() - row_number() OVER () * interval '1 minute'
           FROM vehicles v, users u"""
    )
    with app.app_context():
        for statement in (vehicles, rides):
            execute_write(statement)
        with db.engines["write"].begin() as connection:
            connection.execute(text("ANALYZE vehicles, rides"))
        city = catalogue().find("new york")
        assert city
        now = datetime.now(UTC)
        late_cursor = (now - 20 * HOUR, uuid4())
        reads: list[tuple[Callable[[], object], int]] = [
            (lambda: list_open_rides(city, None), 6),
            (lambda: list_open_rides(city, late_cursor), 6),
            (lambda: db.session.execute(long_rides_query(city, "reminded_at", now, HOUR)), 100),
        ]
        for read, most in reads:
            plan = explain_plan(read)
            assert "ix_rides_open" in plan.indexes
            assert not {"rides", "vehicles"} & plan.read_whole
            assert "Sort" not in plan.nodes
            assert plan.most_rows <= most
