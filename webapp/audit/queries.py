"""Reading the audit trail: in pages, and as a stream that is never whole in memory.

The trail is read region by region, as it is stored. Each query is served by its own index."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, tuple_, union_all
from sqlalchemy.orm import aliased

from webapp.audit.enums import Kind
from webapp.audit.models import Event
from webapp.audit.writing import names_of
from webapp.db.keys import RowKey
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.extensions import db

#: How many events a stream reads at once.
BATCH = 500


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
