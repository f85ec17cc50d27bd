"""An end that the rider's phone reports later, because it had no network when it was pressed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from flask import current_app

from webapp.db.keys import RowKey
from webapp.rides.services.end_snapshot import RideEndSnapshot
from webapp.web import rate_limits


@contextmanager
def counted_reported_end(rider_key: RowKey) -> Iterator[timedelta]:
    """Count an end that a phone reports later; yield how far back it is accepted.

    Who reports more of them than LIMIT_REPORTED_ENDS pays until they arrive: otherwise each ride
    could be shortened. One that is refused or fails does not count: it is sent again. One round
    trip.
    """
    limit = rate_limits.Limit(*current_app.config["LIMIT_REPORTED_ENDS"])
    buckets = [rate_limits.make_bucket("reported end", limit, rider_key.id)]
    longest = timedelta(seconds=current_app.config["OFFLINE_END_MAX_S"])
    try:
        rate_limits.count_attempt(buckets)
    except rate_limits.TooManyTries:
        longest = timedelta()
    try:
        yield longest
    except Exception:
        rate_limits.return_attempt(buckets)
        raise


def accept_reported_end(
    snapshot: RideEndSnapshot, age: timedelta, longest: timedelta
) -> RideEndSnapshot:
    """Return the snapshot with the end that was pressed so long ago.

    The ride ends at that moment as far as it is accepted: not in the future, not longer ago
    than ``longest``, and not before the last that the server knows of the ride.
    """
    now = snapshot.moment
    pressed_at = max(now - max(age, timedelta()), snapshot.ride.started_at)
    earliest = max(now - longest, *_list_known_moments(snapshot))
    return replace(snapshot, pressed_at=pressed_at, accepted_at=min(max(pressed_at, earliest), now))


def _list_known_moments(snapshot: RideEndSnapshot) -> Iterator[datetime]:
    """Yield when the server heard of the ride or its vehicle."""
    ride = snapshot.ride
    moments = (ride.started_at, ride.paused_at, ride.resumed_at, snapshot.last_event_at)
    yield from filter(None, moments)
    if snapshot.path:
        yield ride.started_at + timedelta(seconds=snapshot.path[-1][0])
