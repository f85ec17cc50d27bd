"""What a rider writes reads no more rows, however many other riders there are: what a statement
reads, it locks against changes by others."""

from collections.abc import Callable

import pytest

from tests.explain import explain_writes, read_statistics
from tests.factories import PlanFactory, UserFactory, VehicleFactory
from tests.riders.wallet_steps import give_credit
from tests.rides.steps import PRICE
from tests.rides.strangers import strangers  # noqa: F401 - a fixture
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.fleet.favourites.services.vehicles import (
    remove_saved_vehicle,
    save_vehicle,
    start_waiting,
    stop_waiting,
)
from webapp.fleet.reports.enums import ReportKind
from webapp.fleet.reports.services import ReportData, file_report
from webapp.rides.reservations.models import Reservation
from webapp.rides.reservations.services import (
    cancel_reservation,
    extend_reservation,
    reserve_vehicle,
)
from webapp.rides.services.end import end_ride
from webapp.rides.services.path_points import PathPoint
from webapp.rides.services.paths import append_points
from webapp.rides.services.pause import pause_ride, resume_ride
from webapp.rides.services.rating import Rating, rate_ride
from webapp.rides.services.start import start_ride

#: Rows of a rider, of a vehicle and of a city: no statement needs more of any table.
MOST_ROWS = 10


@pytest.mark.postgresql_plans
@pytest.mark.slow
@pytest.mark.usefixtures("strangers")
def test_what_a_rider_does_reads_no_rows_of_others(
    make_user: UserFactory, make_vehicle: VehicleFactory, make_plan: PlanFactory
) -> None:
    make_plan(**PRICE, reservation_rate=10, reserve_max_min=60)
    rider_key, other_key, vehicle = make_user().key, make_user().key, make_vehicle()
    ridden = make_vehicle()
    give_credit(rider_key, 10_000, "USD")
    ride_keys: list[RowKey] = []

    def start() -> None:
        ride_keys.append(start_ride(rider_key, ridden.public_key))

    def extend() -> None:
        reservation = db.session.get_one(Reservation, tuple(rider_key))
        extend_reservation(rider_key, reservation, reservation.until)

    def report() -> None:
        data = ReportData(ReportKind.DAMAGE, critical=True, note="", photos=[])
        file_report(rider_key, vehicle.key, "nonce", data)

    point = PathPoint(1, 40.75, -73.98)
    actions: dict[str, Callable[[], object]] = {
        "reserve": lambda: reserve_vehicle(rider_key, vehicle.public_key),
        "extend": extend,
        "save": lambda: save_vehicle(other_key, vehicle.public_key),
        "wait": lambda: start_waiting(other_key, vehicle.public_key),
        "stop waiting": lambda: stop_waiting(other_key, vehicle.public_key),
        "wait again": lambda: start_waiting(other_key, vehicle.public_key),
        "cancel": lambda: cancel_reservation(rider_key),
        "remove": lambda: remove_saved_vehicle(other_key, vehicle.public_key),
        "start": start,
        "pause": lambda: pause_ride(rider_key, ride_keys[0]),
        "resume": lambda: resume_ride(rider_key, ride_keys[0]),
        "append points": lambda: append_points(rider_key, ride_keys[0], [point]),
        "end": lambda: end_ride(rider_key, ride_keys[0], ridden.place),
        "rate": lambda: rate_ride(rider_key, ride_keys[0], Rating(5)),
        "report": report,
    }
    too_many = {}
    for name, act in actions.items():
        plans = explain_writes(act)
        assert plans, f"{name} writes nothing"
        for plan in plans:
            assert plan.read_whole <= {"cities", "pricing_plans"}, name
            if rows_read := {k: n for k, n in plan.rows_read.items() if n > MOST_ROWS}:
                too_many[name] = rows_read
    statistics = read_statistics("open_rides", "pk_open_rides", "ix_open_rides_ride", "rides")
    assert too_many == {}, statistics
