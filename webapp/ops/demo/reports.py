"""What riders of the demo have reported and disputed: invented, so that staff have work."""

from datetime import UTC, datetime, timedelta
from uuid import uuid5

from webapp.auth.models import User
from webapp.fleet.enums import VehicleState
from webapp.fleet.reports.enums import ReportKind, ReportState
from webapp.ops.demo.cities import DemoCity
from webapp.ops.demo.rides import PastRide
from webapp.ops.demo.vehicles import VehicleRow
from webapp.rides.disputes.enums import DisputeState

#: About vehicles that are out of service: kind, text, state, tags.
CRITICAL_REPORTS: tuple[tuple[ReportKind, str, ReportState, list[str]], ...] = (
    (ReportKind.DAMAGE, "The front brake does nothing.", ReportState.NEW, ["brake", "urgent"]),
    (ReportKind.DAMAGE, "The handlebar is loose, I nearly fell.", ReportState.NEW, ["urgent"]),
    (ReportKind.DAMAGE, "Flat rear tyre.", ReportState.IN_PROGRESS, ["tyre"]),
    (ReportKind.OTHER, "It does not unlock, the light stays red.", ReportState.NEW, []),
)
#: About vehicles that can be ridden: kind, text, state, answer, tags.
OTHER_REPORTS: tuple[tuple[ReportKind, str, ReportState, str, list[str]], ...] = (
    (
        ReportKind.BAD_PARKING,
        "Lies across the pavement, a pram cannot pass.",
        ReportState.NEW,
        "",
        ["pavement"],
    ),
    (
        ReportKind.DAMAGE,
        "The bell is missing.",
        ReportState.RESOLVED,
        "There is a new one. Thanks!",
        [],
    ),
    (
        ReportKind.LOST,
        "Not where the map shows it.",
        ReportState.DISMISSED,
        "It was in the yard.",
        [],
    ),
)
#: About past rides: what the rider wrote, and what staff answered.
DISPUTES = (
    ("The brake was loose, so I had to walk half of the way.", ""),
    ("The scooter stopped halfway.", "Sorry about that! Which street was it?"),
)

#: The columns of a row.
Row = dict[str, object]


def report_rows(city: DemoCity, vehicles: list[VehicleRow], riders: list[User]) -> list[Row]:
    """Return reports about vehicles of a city, by its riders in turn."""
    broken = [v for v in vehicles if v["state"] == VehicleState.NON_OPERATIONAL]
    usable = [v for v in vehicles if v["state"] == VehicleState.AVAILABLE]
    reports = [
        *(
            (vehicle, True, kind, note, state, "", tags)
            for vehicle, (kind, note, state, tags) in zip(broken, CRITICAL_REPORTS, strict=False)
        ),
        *((vehicle, False, *text) for vehicle, text in zip(usable, OTHER_REPORTS, strict=False)),
    ]
    now = datetime.now(UTC)
    return [
        {
            "region": city.region,
            "id": uuid5(vehicle["id"], "the demo's report"),
            "city": city.name,
            "vehicle_id": vehicle["id"],
            "reporter_region": riders[n % len(riders)].region,
            "reporter_id": riders[n % len(riders)].id,
            "kind": kind.value,
            "critical": is_critical,
            "note": note,
            "state": state.value,
            "answer": answer,
            "tags": tags,
            "created_at": now - timedelta(hours=7 * n + 2),
            "answered_at": now - timedelta(hours=7 * n + 1) if answer else None,
        }
        for n, (vehicle, is_critical, kind, note, state, answer, tags) in enumerate(reports)
    ]


def dispute_rows(rides: list[PastRide], staff: User) -> tuple[list[Row], list[Row]]:
    """Return disputes about the first of the rides, and their messages."""
    disputes, messages = [], []
    for ride, (question, answer) in zip(rides, DISPUTES, strict=False):
        opened_at = ride.ended_at + timedelta(minutes=20)
        messages.append(_make_message_row(ride, ride.rider, question, opened_at))
        if answer:
            answered_at = opened_at + timedelta(hours=1)
            messages.append(_make_message_row(ride, staff, answer, answered_at, by_staff=True))
        disputes.append(
            {
                "region": ride.row["region"],
                "ride_id": ride.id,
                "city": ride.row["city"],
                "state": (DisputeState.ANSWERED if answer else DisputeState.OPEN).value,
                "opened_at": opened_at,
                "changed_at": answered_at if answer else opened_at,
            }
        )
    return disputes, messages


def _make_message_row(
    ride: PastRide, author: User, text: str, at: datetime, by_staff: bool = False
) -> Row:
    return {
        "region": ride.row["region"],
        "id": uuid5(ride.id, text),
        "ride_id": ride.id,
        "author_region": author.region,
        "author_id": author.id,
        "by_staff": by_staff,
        "text": text,
        "at": at,
    }
