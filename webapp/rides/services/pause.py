"""Pausing a ride: the vehicle waits, still taken, and the price goes on."""

from typing import Any

from sqlalchemy import Integer, cast, func, select, update

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.rides.models import Ride


def pause(rider: RowKey, ride: RowKey) -> None:
    """Pause the rider's running ride; twice, or after its end, changes nothing."""
    _run(_changing(rider, ride, AuditKind.RIDE_PAUSED, paused=False, paused_at=func.now()))


def resume(rider: RowKey, ride: RowKey) -> None:
    """Go on with the rider's paused ride; twice, or after its end, changes nothing."""
    rides = table(Ride).c
    lasted = cast(func.extract("epoch", func.now() - rides.paused_at), Integer)
    values = {"paused_at": None, "paused_s": rides.paused_s + lasted}
    _run(_changing(rider, ride, AuditKind.RIDE_RESUMED, paused=True, **values))


def _run(statement: Any) -> None:
    run_transaction(lambda session: session.execute(statement), idempotent=True, one_statement=True)


def _changing(rider: RowKey, ride: RowKey, kind: AuditKind, *, paused: bool, **values: Any) -> Any:
    rides = table(Ride)
    changed = (
        update(rides)
        .where(
            rides.c.region == ride.region,
            rides.c.id == ride.id,
            rides.c.rider_region == rider.region,
            rides.c.rider_id == rider.id,
            rides.c.ended_at.is_(None),
            rides.c.paused_at.is_not(None) if paused else rides.c.paused_at.is_(None),
        )
        .values(**values)
        .returning(rides.c.id)
        .cte("changed")
    )
    audit_event = audit_event_statement(
        kind, actor=rider, subject=audit_subject("ride", ride), after=changed
    )
    return select(changed.c.id).add_cte(as_cte(audit_event))
