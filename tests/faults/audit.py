"""The audit: do the tables agree with each other, and with what the riders were told?

``audit(connection, told)`` holds for any history of starts and ends, whatever became of the
connections, the server and the answers in between. It reads the tables with plain SQL of its own,
so that it does not repeat the application's mistakes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import Connection, text

from tests import ledger_audit
from webapp.db.keys import RowKey


class Answer(Enum):
    """What a page says about the thing that was asked for."""

    RIDE = "here is your ride"  # 303: the one that was started, ended, or runs already
    REFUSED = "no"  # 404, 409
    AWAY = "the database is away"  # 503: nothing was done
    UNKNOWN = "check whether it was done"  # 503: perhaps


@dataclass(frozen=True)
class Told:
    """One request of a rider, and its answer."""

    rider: RowKey
    #: The button: "start", "end", "reserve", "cancel", "pause" or "resume".
    asked: str
    #: The vehicle to start, or the ride to end.
    target: RowKey
    answer: Answer
    #: Where the answer led.
    ride: RowKey | None = None
    #: Where the vehicle was to be left; another one in each request.
    address: str = ""


#: What must have no rows. Every vehicle here is free or on a trip; none was moved by hand.
IMPOSSIBLE = {
    "a vehicle is on two rides": """
        SELECT region, vehicle_id FROM rides WHERE ended_at IS NULL
        GROUP BY region, vehicle_id HAVING count(*) > 1""",
    "a rider is on two rides": """
        SELECT rider_region, rider_id FROM rides WHERE ended_at IS NULL
        GROUP BY rider_region, rider_id HAVING count(*) > 1""",
    "an open ride is not in open_rides, or the other way round": """
        SELECT * FROM (
            SELECT rider_region, rider_id, region, id, started_at FROM rides WHERE ended_at IS NULL
        ) AS running FULL JOIN open_rides AS kept
            ON (kept.region, kept.rider_id, kept.ride_region, kept.ride_id, kept.started_at)
             = (running.rider_region, running.rider_id, running.region, running.id,
                running.started_at)
        WHERE running.id IS NULL OR kept.ride_id IS NULL""",
    "a vehicle's state is not explained by its last ride": """
        SELECT v.id, v.state, last.id FROM vehicles AS v LEFT JOIN LATERAL (
            SELECT * FROM rides AS r WHERE r.region = v.region AND r.vehicle_id = v.id
            ORDER BY r.started_at DESC LIMIT 1
        ) AS last ON true
        WHERE v.state <> CASE WHEN last.id IS NOT NULL AND last.ended_at IS NULL THEN 'on_trip'
                         WHEN v.reserved_until IS NOT NULL THEN 'reserved' ELSE 'available' END""",
    "a vehicle is held, and nobody holds it, or the other way round": """
        SELECT v.id, v.state, v.reserved_until, r.until FROM vehicles AS v
        FULL JOIN (SELECT * FROM reservations WHERE until > now()) AS r
            ON (r.vehicle_region, r.vehicle_id) = (v.region, v.id)
        WHERE (v.reserved_until > now() OR r.until IS NOT NULL)
            AND (v.state IS DISTINCT FROM 'reserved' OR v.reserved_until IS DISTINCT FROM r.until)""",
    "a rider rides and holds another": """
        SELECT * FROM reservations JOIN open_rides USING (region, rider_id) WHERE until > now()""",
    "a ride is paused that has ended": """
        SELECT id FROM rides WHERE ended_at IS NOT NULL AND paused_at IS NOT NULL""",
    **ledger_audit.IMPOSSIBLE,
}


def audit(connection: Connection, told: Iterable[Told] = ()) -> None:
    """Fail if the tables contradict each other, or what the riders were told."""
    for what, question in IMPOSSIBLE.items():
        assert not (found := connection.execute(text(question)).all()), f"{what}: {found}"
    told = list(told)
    rides = _rides(connection)
    _audit_starts(rides, [one for one in told if one.asked == "start"])
    _audit_ends(rides, [one for one in told if one.asked == "end"])


def _rides(connection: Connection) -> dict[RowKey, Any]:
    rows = connection.execute(text("SELECT * FROM rides")).all()
    return {RowKey(row.region, row.id): row for row in rows}


def _audit_starts(rides: dict[RowKey, Any], starts: list[Told]) -> None:
    """Each ride that a rider was led to exists and is theirs; each ride that exists was told of,
    or may have been started by a request of unknown result. Nothing else was started."""
    known: dict[tuple[RowKey, RowKey], set[RowKey]] = defaultdict(set)
    unknown = Counter((s.rider, s.target) for s in starts if s.answer is Answer.UNKNOWN)
    for start in starts:
        if start.answer is Answer.RIDE:
            assert start.ride in rides, f"told started, but does not exist: {start}"
            ride = rides[start.ride]
            assert RowKey(ride.rider_region, ride.rider_id) == start.rider, start
            known[start.rider, RowKey(ride.region, ride.vehicle_id)].add(start.ride)
    untold: Counter[tuple[RowKey, RowKey]] = Counter()
    for key, ride in rides.items():
        pair = (RowKey(ride.rider_region, ride.rider_id), RowKey(ride.region, ride.vehicle_id))
        untold[pair] += key not in known[pair]
    too_many = untold - unknown
    assert not too_many, f"started, but nobody was told: {too_many} of {starts}"


def _audit_ends(rides: dict[RowKey, Any], ends: list[Told]) -> None:
    """Each ride that was told ended has an end; each end was told, or is of unknown result."""
    places: dict[RowKey, set[str]] = defaultdict(set)
    for end in ends:
        if end.answer is Answer.RIDE:
            assert end.ride in rides, f"told ended, but does not exist: {end}"
            assert rides[end.ride].ended_at, f"told ended, but goes on: {end}"
        if end.answer in (Answer.RIDE, Answer.UNKNOWN):
            places[end.target].add(end.address)
    for key, ride in rides.items():
        if ride.ended_at:
            assert ride.end_address in places[key], f"ended, but nobody was told: {ride} of {ends}"
