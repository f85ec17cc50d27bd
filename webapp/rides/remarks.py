"""Staff hide what a rider wrote from the page of the vehicle, and show it again."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, update

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.rides.models import Ride
from webapp.web.roles import Permission


def find_remark(staff: User, ride_key: RowKey, *, is_hidden: bool = False) -> str:
    """Return the remark about a ride of the cities of a member of staff; raises NotFound.

    is_hidden: find one that staff have hidden, in place of one that riders read.
    """
    rides = table(Ride)
    remark = db.session.scalar(
        select(rides.c.rating_note).where(_remark_condition(staff, ride_key, is_hidden))
    )
    if remark is None:
        raise NotFound
    return str(remark)


def hide_remark(staff: User, ride_key: RowKey, why: str) -> None:
    """Show the remark about a ride to staff only, also if its rider writes it again. Raises
    NotFound if riders do not read it."""
    if not execute_write(change_remark_statement(staff, ride_key, why, hides=True)):
        raise NotFound


def show_remark(staff: User, ride_key: RowKey, why: str) -> None:
    """Show a hidden remark to riders again. Raises NotFound if it is not hidden, or if its rider
    does not want it to be public any more."""
    if not execute_write(change_remark_statement(staff, ride_key, why, hides=False)):
        raise NotFound


def change_remark_statement(
    staff: User, ride_key: RowKey, why: str, *, hides: bool
) -> Select[tuple[UUID]]:
    """Return the statement that hides the remark about a ride, or shows it again, with its audit
    event. No row: there is no such remark."""
    rides = table(Ride)
    changed = (
        update(rides)
        .where(_remark_condition(staff, ride_key, is_hidden=not hides))
        .values(note_hidden_at=func.now() if hides else None)
        .returning(rides.c.id, rides.c.city)
        .cte("remark")
    )
    audit_event = audit_event_statement(
        AuditKind.REMARK_HIDDEN if hides else AuditKind.REMARK_SHOWN,
        subject=audit_subject("ride", ride_key),
        after=changed,
        region=ride_key.region,
        city=changed.c.city,
        why=why,
    )
    return select(changed.c.id).add_cte(as_cte(audit_event))


def _remark_condition(staff: User, ride_key: RowKey, is_hidden: bool) -> ColumnElement[bool]:
    rides = table(Ride)
    hidden_at = rides.c.note_hidden_at
    return and_(
        key_condition(rides, ride_key),
        rides.c.note_is_public,
        hidden_at.is_not(None) if is_hidden else hidden_at.is_(None),
        staff.permitted_city_condition(Permission.MODERATE_PROFILES, rides.c.city),
    )
