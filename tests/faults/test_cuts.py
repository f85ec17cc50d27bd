"""The connection is cut at every place where it can be: what was done, and what the rider is told."""

import pytest

from tests.faults.audit import Answer
from tests.faults.riders import at_once
from tests.faults.wiring import ASKING_WHO, ENDING, STARTING, cut
from webapp.rides.models import Ride

CUTS = ["question", "line", "answer"]


@pytest.mark.parametrize("what", CUTS)
def test_a_start_cut_once_takes_effect_once_and_leads_to_the_ride(
    wire, make_rider, make_vehicle, check, row, what
):
    rider, vehicle = make_rider(), make_vehicle().key
    left = cut(wire, (what, STARTING))
    told = rider.start(vehicle)
    assert not left, "the line was cut"
    assert told.answer is Answer.RIDE
    assert row(Ride, told.ride).ended_at is None
    check(rider)


@pytest.mark.parametrize("what", CUTS)
def test_an_end_cut_once_takes_effect_once_and_leads_to_the_receipt(
    wire, make_rider, make_vehicle, check, row, what
):
    rider = make_rider()
    ride = rider.start(make_vehicle().key).ride
    left = cut(wire, (what, ENDING))
    told = rider.end(ride)
    assert not left
    assert (told.answer, told.ride) == (Answer.RIDE, ride)
    assert row(Ride, ride).end_address == told.address
    check(rider)


@pytest.mark.parametrize("what", CUTS)
def test_cut_before_it_is_known_who_asks_nothing_is_done_and_told_so(
    wire, make_rider, make_vehicle, check, what
):
    rider, vehicle = make_rider(), make_vehicle().key
    cut(wire, (what, ASKING_WHO))
    assert rider.start(vehicle).answer is Answer.AWAY
    check(rider)
    assert rider.start(vehicle).answer is Answer.RIDE
    check(rider)


@pytest.mark.parametrize("what", CUTS)
@pytest.mark.parametrize("asked", ["start", "end"])
def test_cut_at_every_attempt_it_is_told_that_nobody_knows_and_a_repeat_settles_it(
    wire, make_rider, make_vehicle, check, settle, asked, what
):
    """Done or not, both look the same from here; so it must not be told as "not done"."""
    rider, vehicle = make_rider(), make_vehicle().key
    ride = rider.start(vehicle).ride if asked == "end" else None
    beginning = STARTING if asked == "start" else ENDING
    cut(wire, *[(what, beginning)] * 20)
    told = rider.end(ride) if ride else rider.start(vehicle)
    # A server can be faster than the one who cuts the line behind the question.
    assert told.answer is Answer.UNKNOWN or (what, told.answer) == ("line", Answer.RIDE)
    wire.on_query = lambda sql: None
    settle()
    check(rider)
    assert rider.repeat(told).answer is Answer.RIDE
    check(rider)


@pytest.mark.parametrize("asked", ["start", "end"])
def test_done_with_its_answer_lost_and_then_no_way_to_find_out_is_told_as_unknown(
    wire, make_rider, make_vehicle, check, asked
):
    rider, vehicle = make_rider(), make_vehicle().key
    ride = rider.start(vehicle).ride if asked == "end" else None
    beginning = STARTING if asked == "start" else ENDING
    left = cut(wire, ("answer", beginning), ("question", "SELECT"))
    told = rider.end(ride) if ride else rider.start(vehicle)
    assert not left
    assert told.answer is Answer.UNKNOWN
    check(rider)
    assert rider.repeat(told).answer is Answer.RIDE
    check(rider)


@pytest.mark.parametrize("next_rider_is_faster", [False, True])
def test_a_start_whose_answer_was_lost_is_told_even_if_the_ride_has_ended_since(
    wire, make_rider, make_vehicle, check, clock, row, next_rider_is_faster
):
    """The rider has ended it in another tab before the second attempt; perhaps somebody else has
    the vehicle by then."""
    rider, other, vehicle = make_rider(), make_rider(), make_vehicle().key
    cut(wire, ("answer", STARTING))
    elsewhere = []

    def in_another_tab():
        ride = rider.start(vehicle).ride
        elsewhere.append(rider.end(ride))
        if next_rider_is_faster:
            other.start(vehicle)

    clock.on_pause = lambda: elsewhere or at_once(in_another_tab)
    told = rider.start(vehicle)
    assert (told.answer, told.ride) == (Answer.RIDE, elsewhere[0].ride)
    assert row(Ride, told.ride).ended_at is not None
    check(rider, other)
