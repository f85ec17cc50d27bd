"""Reading the audit trail (webapp/events.py): in pages, and as a stream that is never in memory.

The trail is read region by region, as it is kept. Each question is served by an index of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select, tuple_, union_all
from sqlalchemy.orm import aliased

from webapp.events import Event, Kind, names_of
from webapp.extensions import db
from webapp.keys import RowKey
from webapp.paging import Cursor, Page, make_page, page_size

#: How many events a stream reads at once.
BATCH = 500

#: What people read for each kind.
KIND_LABELS: dict[Kind, Any] = {
    Kind.REGISTERED: _l("Opened an account"),
    Kind.SIGNED_IN: _l("Signed in"),
    Kind.SIGN_IN_FAILED: _l("Failed to sign in"),
    Kind.SIGN_IN_THROTTLED: _l("Tried to sign in too often"),
    Kind.SIGNED_OUT: _l("Signed out"),
    Kind.IDENTITY_SHOWN: _l("Showed once more who it is"),
    Kind.PROOF_FAILED: _l("Could not show who it is"),
    Kind.SESSION_ENDED: _l("Ended a session"),
    Kind.EMAIL_CONFIRMED: _l("Confirmed the e-mail address"),
    Kind.EMAIL_CHANGE_ASKED: _l("Asked for another e-mail address"),
    Kind.EMAIL_CHANGED: _l("Changed the e-mail address"),
    Kind.PASSWORD_CHANGED: _l("Changed the password"),
    Kind.RESET_ASKED: _l("Asked for a new password"),
    Kind.PASSWORD_RESET: _l("Set a new password by mail"),
    Kind.SECOND_FACTOR_ON: _l("Turned the second factor on"),
    Kind.SECOND_FACTOR_OFF: _l("Turned the second factor off"),
    Kind.SECOND_FACTOR_FAILED: _l("Gave a wrong code"),
    Kind.RECOVERY_CODES_MADE: _l("Made recovery codes"),
    Kind.RECOVERY_CODE_USED: _l("Used a recovery code"),
    Kind.IDENTITY_LINKED: _l("Linked another sign-in"),
    Kind.IDENTITY_UNLINKED: _l("Unlinked another sign-in"),
    Kind.PROFILE_SAVED: _l("Saved the profile"),
    Kind.ROLE_GRANTED: _l("Gave a role"),
    Kind.ROLE_REVOKED: _l("Took a role"),
    Kind.DISABLED: _l("Closed the account"),
    Kind.ENABLED: _l("Opened the account again"),
    Kind.DATA_EXPORTED: _l("Took a copy of the data"),
    Kind.DELETED: _l("Deleted the account"),
    Kind.ACCESS_DENIED: _l("Tried a closed door"),
    Kind.VEHICLE_ADDED: _l("Added a vehicle"),
    Kind.VEHICLE_CHANGED: _l("Changed a vehicle"),
    Kind.VEHICLE_REMOVED: _l("Removed a vehicle"),
    Kind.FLEET_IMPORTED: _l("Imported a fleet"),
    Kind.RIDE_STARTED: _l("Started a ride"),
    Kind.RIDE_ENDED: _l("Ended a ride"),
    Kind.RIDE_PAUSED: _l("Paused a ride"),
    Kind.RIDE_RESUMED: _l("Went on with a ride"),
    Kind.RIDE_RATED: _l("Rated a ride"),
    Kind.VEHICLE_RESERVED: _l("Reserved a vehicle"),
    Kind.RESERVATION_EXTENDED: _l("Made a reservation longer"),
    Kind.RESERVATION_CANCELLED: _l("Cancelled a reservation"),
    Kind.PLAN_PUBLISHED: _l("Published a price"),
    Kind.ZONES_IMPORTED: _l("Imported zones"),
    Kind.ZONE_CHANGED: _l("Changed a zone"),
    Kind.REPORT_FILED: _l("Reported a vehicle"),
    Kind.REPORT_ANSWERED: _l("Answered a report"),
    Kind.DISPUTE_OPENED: _l("Asked for a ride to be looked at"),
    Kind.DISPUTE_ANSWERED: _l("Wrote about a ride"),
    Kind.REFUNDED: _l("Gave money back"),
    Kind.CREDIT_GIVEN: _l("Gave credit"),
    Kind.TOPPED_UP: _l("Paid money in"),
    Kind.PAID_OUT: _l("Had money paid out"),
    Kind.RIDES_REPLAYED: _l("Replayed rides"),
}


@dataclass(frozen=True)
class Question:
    """Which events to read."""

    region: str
    kind: Kind | None = None
    #: Done by this account, or to it.
    account: RowKey | None = None
    #: Not before this moment, and before that one.
    since: datetime | None = None
    until: datetime | None = None


def page(question: Question, after: Cursor | None) -> Page[Event]:
    """Return one page of events, the newest first. One statement."""
    return make_page(_read(question, after, page_size() + 1), _cursor)


def stream(question: Question) -> Iterator[Event]:
    """Give every event, the newest first; one statement for each ``BATCH`` of them."""
    batch = _read(question, None, BATCH)
    yield from batch
    while len(batch) == BATCH:
        batch = _read(question, _cursor(batch[-1]), BATCH)
        yield from batch


def newest(question: Question, after: Cursor | None, limit: int) -> Select[Any]:
    """Return the statement that reads the ``limit`` newest events.

    An account's are what it did and what was done to it, each in the order of an index. What is
    both comes twice: hence twice the limit.
    """
    parts = [_first(Event, limit, *which) for which in _conditions(question, after)]
    if len(parts) == 1:
        return parts[0]
    return _first(aliased(Event, union_all(*parts).subquery()), 2 * limit)


def _read(question: Question, after: Cursor | None, limit: int) -> list[Event]:
    found = set(db.session.scalars(newest(question, after, limit)))
    return sorted(found, key=_cursor, reverse=True)[:limit]


def _conditions(question: Question, after: Cursor | None) -> list[list[ColumnElement[bool]]]:
    """Return the conditions of what is looked for; several when no one index has it all."""
    all_have = [Event.region == question.region]
    if after:
        all_have.append(tuple_(Event.at, Event.id) < after)
    if question.kind:
        all_have.append(Event.kind == question.kind.value)
    if question.since:
        all_have.append(Event.at >= question.since)
    if question.until:
        all_have.append(Event.at < question.until)
    if question.account is None:
        return [all_have]
    by = Event.actor_id == question.account.id
    return [[*all_have, by], *([*all_have, Event.subject == n] for n in names_of(question.account))]


def _first(events: Any, limit: int, *conditions: ColumnElement[bool]) -> Select[Any]:
    in_order = select(events).order_by(events.at.desc(), events.id.desc())
    return in_order.where(*conditions).limit(limit)


def _cursor(event: Event) -> Cursor:
    return event.at, event.id
