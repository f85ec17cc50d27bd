"""The audit: do the tables agree with each other, and with what the riders were answered?

``audit(connection, records)`` holds for any history of starts and ends, whatever happened to the
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
    """What a page says about a request."""

    DONE = "done"  # 303: by this request or an earlier one
    REFUSED = "refused"  # 404, 409
    UNAVAILABLE = "the database does not answer"  # 503: nothing was done
    UNKNOWN = "check whether it was done"  # 503: perhaps


@dataclass(frozen=True)
class RequestRecord:
    """One request of a rider, and its answer."""

    rider_key: RowKey
    #: "start", "end", "reserve", "cancel", "pause" or "resume".
    action: str
    #: The vehicle to start or reserve, or the ride to end, pause or resume.
    target_key: RowKey
    answer: Answer
    #: The ride that the answer leads to.
    ride_key: RowKey | None = None
    #: Where a ride is to end; another place in each request.
    address: str = ""


#: What must not be, and the query that finds it. Every vehicle is available, reserved or on a trip.
IMPOSSIBLE = {
    "the events of a vehicle do not lead to its state": """
        SELECT vehicles.id FROM vehicles LEFT JOIN vehicle_events AS last
            ON (last.region, last.vehicle_id, last.number)
             = (vehicles.region, vehicles.id, vehicles.event_count)
        WHERE vehicles.event_count > 0 AND last.state IS DISTINCT FROM vehicles.state""",
    "an event of a vehicle is missing": """
        SELECT vehicles.id FROM vehicles LEFT JOIN vehicle_events AS each
            ON (each.region, each.vehicle_id) = (vehicles.region, vehicles.id)
        GROUP BY vehicles.region, vehicles.id
        HAVING count(each.number) <> max(vehicles.event_count)""",
    "a ride has other events than one for its start and one for its end": """
        SELECT rides.id FROM rides LEFT JOIN vehicle_events AS each
            ON (each.region, each.ride_id) = (rides.region, rides.id)
        GROUP BY rides.region, rides.id
        HAVING count(each.number) <> 1 + count(DISTINCT rides.ended_at)""",
    "a vehicle is on two rides": """
        SELECT region, vehicle_id FROM rides WHERE ended_at IS NULL
        GROUP BY region, vehicle_id HAVING count(*) > 1""",
    "a rider is on two rides": """
        SELECT rider_region, rider_id FROM rides WHERE ended_at IS NULL
        GROUP BY rider_region, rider_id HAVING count(*) > 1""",
    "the open rides and open_rides disagree": """
        SELECT * FROM (
            SELECT rider_region, rider_id, region, id, started_at FROM rides WHERE ended_at IS NULL
        ) AS running FULL JOIN open_rides AS listed
            ON (listed.region, listed.rider_id, listed.ride_region, listed.ride_id, listed.started_at)
             = (running.rider_region, running.rider_id, running.region, running.id,
                running.started_at)
        WHERE running.id IS NULL OR listed.ride_id IS NULL""",
    "a vehicle's state is not explained by its last ride": """
        SELECT v.id, v.state, last.id FROM vehicles AS v LEFT JOIN LATERAL (
            SELECT * FROM rides AS r WHERE r.region = v.region AND r.vehicle_id = v.id
            ORDER BY r.started_at DESC LIMIT 1
        ) AS last ON true
        WHERE CASE WHEN last.id IS NOT NULL AND last.ended_at IS NULL THEN v.state <> 'on_trip'
              WHEN v.state = 'reserved' THEN v.reserved_until IS NULL
              WHEN v.state = 'available' THEN v.reserved_until > now()  -- else it was cancelled
              ELSE true END""",
    "a vehicle and its reservation disagree": """
        SELECT v.id, v.state, v.reserved_until, r.until FROM vehicles AS v
        FULL JOIN (SELECT * FROM reservations WHERE until > now()) AS r
            ON (r.vehicle_region, r.vehicle_id) = (v.region, v.id)
        WHERE (v.reserved_until > now() OR r.until IS NOT NULL)
            AND (v.state IS DISTINCT FROM 'reserved' OR v.reserved_until IS DISTINCT FROM r.until)""",
    "a rider has an open ride and a reservation": """
        SELECT * FROM reservations JOIN open_rides USING (region, rider_id) WHERE until > now()""",
    "an ended ride is paused": """
        SELECT id FROM rides WHERE ended_at IS NOT NULL AND paused_at IS NOT NULL""",
    **ledger_audit.IMPOSSIBLE,
}


def audit(connection: Connection, records: Iterable[RequestRecord] = ()) -> None:
    """Fail if the tables contradict each other, or what the riders were answered."""
    for problem, query in IMPOSSIBLE.items():
        assert not (rows := connection.execute(text(query)).all()), f"{problem}: {rows}"
    records = list(records)
    rides = _read_rides(connection)
    _audit_starts(rides, [record for record in records if record.action == "start"])
    _audit_ends(rides, [record for record in records if record.action == "end"])


def _read_rides(connection: Connection) -> dict[RowKey, Any]:
    rows = connection.execute(text("SELECT * FROM rides")).all()
    return {RowKey(row.region, row.id): row for row in rows}


def _audit_starts(rides: dict[RowKey, Any], starts: list[RequestRecord]) -> None:
    """Each ride that an answer leads to exists and is the rider's. Each ride that exists was
    answered, or may have been started by a request of unknown result."""
    answered: dict[tuple[RowKey, RowKey], set[RowKey]] = defaultdict(set)
    unknown = Counter((s.rider_key, s.target_key) for s in starts if s.answer is Answer.UNKNOWN)
    for start in starts:
        if start.answer is Answer.DONE:
            assert start.ride_key in rides, f"answered as started, but does not exist: {start}"
            ride = rides[start.ride_key]
            assert RowKey(ride.rider_region, ride.rider_id) == start.rider_key, start
            answered[start.rider_key, RowKey(ride.region, ride.vehicle_id)].add(start.ride_key)
    unanswered: Counter[tuple[RowKey, RowKey]] = Counter()
    for ride_key, ride in rides.items():
        pair = (RowKey(ride.rider_region, ride.rider_id), RowKey(ride.region, ride.vehicle_id))
        unanswered[pair] += ride_key not in answered[pair]
    too_many = unanswered - unknown
    assert not too_many, f"started, but no answer says so: {too_many} of {starts}"


def _audit_ends(rides: dict[RowKey, Any], ends: list[RequestRecord]) -> None:
    """Each ride that was answered as ended has ended. Each ended ride was answered, or may have
    been ended by a request of unknown result."""
    addresses: dict[RowKey, set[str]] = defaultdict(set)
    for end in ends:
        if end.answer is Answer.DONE:
            assert end.ride_key in rides, f"answered as ended, but does not exist: {end}"
            assert rides[end.ride_key].ended_at, f"answered as ended, but is open: {end}"
        if end.answer in (Answer.DONE, Answer.UNKNOWN):
            addresses[end.target_key].add(end.address)
    for ride_key, ride in rides.items():
        if ride.ended_at:
            assert ride.end_address in addresses[ride_key], (
                f"ended, but no answer says so: {ride} of {ends}"
            )
