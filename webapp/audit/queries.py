"""Reading the audit trail: in pages, and as a stream that is never whole in memory.

The trail is read region by region, as it is stored. Each query is served by an index.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select, tuple_, union_all
from sqlalchemy.orm import aliased
from sqlalchemy.orm.util import AliasedClass

from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.audit.writing import list_account_subjects
from webapp.db.keys import RowKey
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.extensions import db

#: Events that ``stream_events`` reads with one statement.
BATCH = 500


@dataclass(frozen=True)
class AuditFilter:
    """Which events of a region to read."""

    region: str
    kind: AuditKind | None = None
    #: Events that this account caused, and those that happened to it.
    account: RowKey | None = None
    #: What staff did in this city.
    city: str | None = None
    #: Events about this, as they name it: ``vehicle us-east1.0b9c...``.
    subject: str | None = None
    #: Events at this moment or later.
    since: datetime | None = None
    #: Events before this moment.
    until: datetime | None = None
    #: Of what staff did in a city, only what they did in these; None: in all.
    staff_cities: Collection[str] | None = None


def find_events_page(audit_filter: AuditFilter, after: Cursor | None) -> Page[AuditEvent]:
    """Return one page of events, newest first. One statement."""
    return make_page(_read_events(audit_filter, after, page_size() + 1), _make_cursor)


def stream_events(audit_filter: AuditFilter) -> Iterator[AuditEvent]:
    """Yield every event, newest first; one statement for each ``BATCH`` of them."""
    batch = _read_events(audit_filter, None, BATCH)
    yield from batch
    while len(batch) == BATCH:
        batch = _read_events(audit_filter, _make_cursor(batch[-1]), BATCH)
        yield from batch


def newest_events_query(
    audit_filter: AuditFilter, after: Cursor | None, limit: int
) -> Select[tuple[AuditEvent]]:
    """Return the query of the ``limit`` newest events before the cursor.

    For an account it is the union of what the account caused and what happened to it, each in the
    order of an index. An event that is both comes twice, hence it returns up to twice the limit.
    """
    parts = [
        _in_order_query(AuditEvent, limit).where(*conditions)
        for conditions in _alternative_conditions(audit_filter, after)
    ]
    if len(parts) == 1:
        return parts[0]
    return _in_order_query(aliased(AuditEvent, union_all(*parts).subquery()), 2 * limit)


def _read_events(audit_filter: AuditFilter, after: Cursor | None, limit: int) -> list[AuditEvent]:
    events = set(db.session.scalars(newest_events_query(audit_filter, after, limit)))
    return sorted(events, key=_make_cursor, reverse=True)[:limit]


def _alternative_conditions(
    audit_filter: AuditFilter, after: Cursor | None
) -> list[list[ColumnElement[bool]]]:
    """Return the conditions of the filter: one list for each index that has some of the events."""
    common = [AuditEvent.region == audit_filter.region]
    if after:
        common.append(tuple_(AuditEvent.at, AuditEvent.id) < after)
    if audit_filter.kind:
        common.append(AuditEvent.kind == audit_filter.kind.value)
    if audit_filter.city:
        common.append(AuditEvent.city == audit_filter.city)
    if audit_filter.staff_cities is not None:
        is_in_them = AuditEvent.city.in_(sorted(audit_filter.staff_cities))
        common.append(or_(AuditEvent.city.is_(None), is_in_them))
    if audit_filter.subject:
        common.append(AuditEvent.subject == audit_filter.subject)
    if audit_filter.since:
        common.append(AuditEvent.at >= audit_filter.since)
    if audit_filter.until:
        common.append(AuditEvent.at < audit_filter.until)
    if audit_filter.account is None:
        return [common]
    is_account = [
        AuditEvent.actor_id == audit_filter.account.id,
        *(AuditEvent.subject == subject for subject in list_account_subjects(audit_filter.account)),
    ]
    return [[*common, condition] for condition in is_account]


def _in_order_query(
    events: type[AuditEvent] | AliasedClass[AuditEvent], limit: int
) -> Select[tuple[AuditEvent]]:
    return select(events).order_by(events.at.desc(), events.id.desc()).limit(limit)


def _make_cursor(event: AuditEvent) -> Cursor:
    return event.at, event.id
