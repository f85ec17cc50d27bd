"""The connection is cut at every point: what was done, and what the rider is answered."""

from collections.abc import Callable

import pytest

from tests.clock import SteppedClock
from tests.database_proxy import Cut, DatabaseProxy
from tests.factories import RowReader, VehicleFactory
from tests.faults.audit import Answer, RequestRecord
from tests.faults.conftest import RiderFactory, RunAudit
from tests.faults.steps import END_RIDE, SELECT_USER, START_RIDE, cut_connections
from tests.threads import run_in_threads
from webapp.rides.models import Ride

CUTS: list[Cut] = ["query", "connection", "result"]


@pytest.mark.parametrize("cut", CUTS)
def test_a_start_cut_once_takes_effect_once_and_leads_to_the_ride(
    proxy: DatabaseProxy,
    make_rider: RiderFactory,
    make_vehicle: VehicleFactory,
    run_audit: RunAudit,
    row: RowReader,
    cut: Cut,
) -> None:
    rider, vehicle = make_rider(), make_vehicle().key
    pending_cuts = cut_connections(proxy, (cut, START_RIDE))
    record = rider.start(vehicle)
    assert not pending_cuts
    assert record.answer is Answer.DONE
    assert record.ride_key
    assert row(Ride, record.ride_key).ended_at is None
    run_audit(rider)


@pytest.mark.parametrize("cut", CUTS)
def test_an_end_cut_once_takes_effect_once_and_leads_to_the_receipt(
    proxy: DatabaseProxy,
    make_rider: RiderFactory,
    make_vehicle: VehicleFactory,
    run_audit: RunAudit,
    row: RowReader,
    cut: Cut,
) -> None:
    rider = make_rider()
    ride = rider.start_ride(make_vehicle().key)
    pending_cuts = cut_connections(proxy, (cut, END_RIDE))
    record = rider.end(ride)
    assert not pending_cuts
    assert (record.answer, record.ride_key) == (Answer.DONE, ride)
    assert row(Ride, ride).end_address == record.address
    run_audit(rider)


@pytest.mark.parametrize("cut", CUTS)
def test_a_cut_while_the_account_is_read_is_answered_as_not_done(
    proxy: DatabaseProxy,
    make_rider: RiderFactory,
    make_vehicle: VehicleFactory,
    run_audit: RunAudit,
    cut: Cut,
) -> None:
    rider, vehicle = make_rider(), make_vehicle().key
    cut_connections(proxy, (cut, SELECT_USER))
    assert rider.start(vehicle).answer is Answer.UNAVAILABLE
    run_audit(rider)
    assert rider.start(vehicle).answer is Answer.DONE
    run_audit(rider)


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("action", ["start", "end"])
def test_a_cut_at_every_attempt_is_answered_as_unknown_and_a_repeat_settles_it(
    proxy: DatabaseProxy,
    make_rider: RiderFactory,
    make_vehicle: VehicleFactory,
    run_audit: RunAudit,
    wait_until_idle: Callable[[], None],
    action: str,
    cut: Cut,
) -> None:
    """Done or not, both look the same to the application: "not done" would be a guess."""
    rider, vehicle = make_rider(), make_vehicle().key
    ride = rider.start_ride(vehicle) if action == "end" else None
    beginning = START_RIDE if action == "start" else END_RIDE
    cut_connections(proxy, *[(cut, beginning)] * 20)
    record = rider.end(ride) if ride else rider.start(vehicle)
    # With "connection" the server can send the result before the connection is cut.
    assert record.answer is Answer.UNKNOWN or (cut, record.answer) == ("connection", Answer.DONE)
    proxy.on_query = lambda sql: None
    wait_until_idle()
    run_audit(rider)
    assert rider.repeat(record).answer is Answer.DONE
    run_audit(rider)


@pytest.mark.parametrize("action", ["start", "end"])
def test_a_lost_result_that_cannot_be_checked_is_answered_as_unknown(
    proxy: DatabaseProxy,
    make_rider: RiderFactory,
    make_vehicle: VehicleFactory,
    run_audit: RunAudit,
    action: str,
) -> None:
    rider, vehicle = make_rider(), make_vehicle().key
    ride = rider.start_ride(vehicle) if action == "end" else None
    beginning = START_RIDE if action == "start" else END_RIDE
    pending_cuts = cut_connections(proxy, ("result", beginning), ("query", "SELECT"))
    record = rider.end(ride) if ride else rider.start(vehicle)
    assert not pending_cuts
    assert record.answer is Answer.UNKNOWN
    run_audit(rider)
    assert rider.repeat(record).answer is Answer.DONE
    run_audit(rider)


@pytest.mark.parametrize("next_rider_is_faster", [False, True])
def test_a_start_whose_result_was_lost_leads_to_its_ride_even_if_it_has_ended_since(
    proxy: DatabaseProxy,
    make_rider: RiderFactory,
    make_vehicle: VehicleFactory,
    run_audit: RunAudit,
    clock: SteppedClock,
    row: RowReader,
    next_rider_is_faster: bool,
) -> None:
    """The rider ends it in another tab before the second attempt; another rider may have the
    vehicle by then."""
    rider, other, vehicle = make_rider(), make_rider(), make_vehicle().key
    cut_connections(proxy, ("result", START_RIDE))
    records_elsewhere: list[RequestRecord] = []

    def in_another_tab() -> None:
        ride = rider.start_ride(vehicle)
        records_elsewhere.append(rider.end(ride))
        if next_rider_is_faster:
            other.start(vehicle)

    clock.on_pause = lambda: records_elsewhere or run_in_threads(in_another_tab)
    record = rider.start(vehicle)
    assert (record.answer, record.ride_key) == (Answer.DONE, records_elsewhere[0].ride_key)
    assert record.ride_key
    assert row(Ride, record.ride_key).ended_at is not None
    run_audit(rider, other)
