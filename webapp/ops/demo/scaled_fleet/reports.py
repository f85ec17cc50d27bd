"""What the riders of a fleet report."""

from datetime import datetime, timedelta
from uuid import UUID

from webapp.fleet.reports.enums import ReportKind, ReportState
from webapp.fleet.reports.models import Report
from webapp.ops.demo.scaled_fleet.batches import Batch
from webapp.ops.demo.scaled_fleet.options import make_id
from webapp.ops.demo.scaled_fleet.rides import EndedRide
from webapp.ops.demo.scaled_fleet.vehicles import SimulatedVehicle
from webapp.ops.demo.scaled_fleet.wallets import SimulatedRider

#: One ride of so many is followed by a report about a vehicle that can still be ridden.
REPORTED_EVERY = 120
#: Kind, text and answer. Half of the older reports are resolved with it.
TEXTS = (
    (ReportKind.DAMAGE, "The bell is missing.", "There is a new one. Thanks!"),
    (ReportKind.DAMAGE, "The light flickers.", "A cable was loose; it is mended."),
    (ReportKind.DAMAGE, "The brake squeaks loudly.", "It has new pads."),
    (ReportKind.BAD_PARKING, "Stands in the way of wheelchairs.", "We have moved it. Thank you!"),
    (ReportKind.BAD_PARKING, "Blocks the door of our house.", "We have moved it. Thank you!"),
    (ReportKind.LOST, "Not where the map shows it.", "It was in a yard, and is back."),
    (ReportKind.OTHER, "The code on it is hard to read.", "It has a new label."),
    (ReportKind.OTHER, "The phone holder is sticky.", ""),
)
#: Kind and text of reports for which a vehicle goes out of service.
CRITICAL_TEXTS = (
    (ReportKind.DAMAGE, "The front brake does nothing."),
    (ReportKind.DAMAGE, "Flat rear tyre."),
    (ReportKind.DAMAGE, "The handlebar is loose, I nearly fell."),
    (ReportKind.DAMAGE, "The frame has a crack under the seat."),
    (ReportKind.OTHER, "It stopped in the middle of the road."),
)
#: Reports of the last days may be open; older ones are answered.
OPEN_FOR = timedelta(days=4)
ANSWER_MINUTES = (20, 2_000)
NO_PROBLEM = "We looked at it and found nothing. Thanks for telling us!"


def maybe_report(batch: Batch, vehicle: SimulatedVehicle, ended_ride: EndedRide) -> None:
    """Let the rider report something small, after few rides."""
    random = batch.random
    if random.randrange(REPORTED_EVERY):
        return
    kind, note, answer = random.choice(TEXTS)
    at = ended_ride.ended_at + timedelta(seconds=random.randint(30, 600))
    answered_at = at + timedelta(minutes=random.randint(*ANSWER_MINUTES))
    if answered_at >= batch.now or (batch.now - at < OPEN_FOR and random.random() < 0.5):
        state = random.choice((ReportState.NEW, ReportState.NEW, ReportState.IN_PROGRESS))
        add_report(batch, vehicle, ended_ride.rider, at, kind, note, state)
    elif random.random() < 0.75:
        state = ReportState.RESOLVED
        add_report(batch, vehicle, ended_ride.rider, at, kind, note, state, answer, answered_at)
    else:
        state = ReportState.DISMISSED
        add_report(batch, vehicle, ended_ride.rider, at, kind, note, state, NO_PROBLEM, answered_at)


def add_critical_report(
    batch: Batch,
    vehicle: SimulatedVehicle,
    rider: SimulatedRider,
    at: datetime,
    repaired_at: datetime | None,
) -> UUID:
    """Add a report for which a vehicle goes out of service; return its id.

    repaired_at: None: nobody has repaired it yet.
    """
    kind, note = batch.random.choice(CRITICAL_TEXTS)
    state = batch.random.choice((ReportState.NEW, ReportState.NEW, ReportState.IN_PROGRESS))
    answer = ""
    if repaired_at:
        state, answer = ReportState.RESOLVED, "It is repaired. Thank you for telling us!"
    return add_report(
        batch, vehicle, rider, at, kind, note, state, answer, repaired_at, is_critical=True
    )


def add_report(
    batch: Batch,
    vehicle: SimulatedVehicle,
    rider: SimulatedRider,
    at: datetime,
    kind: ReportKind,
    note: str,
    state: ReportState,
    answer: str = "",
    answered_at: datetime | None = None,
    is_critical: bool = False,
) -> UUID:
    """Add a report of a rider; return its id."""
    report_id = make_id(batch.random)
    batch.rows.add(
        Report,
        {
            "region": vehicle.city.region,
            "id": report_id,
            "city": vehicle.city.name,
            "vehicle_id": vehicle.id,
            "reporter_region": rider.key.region,
            "reporter_id": rider.key.id,
            "kind": kind.value,
            "critical": is_critical,
            "note": note,
            "state": state.value,
            "answer": answer,
            "created_at": at,
            "answered_at": answered_at if answer else None,
            # Somebody took it on after a quarter of the time.
            "first_action_at": at + (answered_at - at) / 4 if answered_at and answer else None,
        },
    )
    return report_id
