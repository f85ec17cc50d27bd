"""What managers do with saved replies: add, change and remove them."""

from dataclasses import asdict, dataclass, fields
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    String,
    delete,
    func,
    literal,
    select,
    update,
)

from webapp.audit.changes import RecordedChange, select_values
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement
from webapp.auth.models import User
from webapp.db.inserts import insert
from webapp.db.keys import values_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import DomainError, EditConflict, NotFound, check_form_values
from webapp.extensions import db
from webapp.fleet.saved_replies.models import SavedReply
from webapp.fleet.saved_replies.queries import replies_cache
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

#: Of a city, and of those for all cities: the pages for answers contain them.
MAX_REPLIES = 100


class TooManyReplies(DomainError):
    message = _l(
        "There are %(max)d saved replies already. Remove one that nobody uses.", max=MAX_REPLIES
    )


@dataclass(frozen=True)
class ReplyData:
    """What can be changed about a reply. Columns of SavedReply."""

    queue: str
    language: str
    title: str
    text: str

    @classmethod
    def of(cls, reply: SavedReply) -> "ReplyData":
        """Return what can be changed about a reply, as it is."""
        return cls(**{field.name: getattr(reply, field.name) for field in fields(cls)})


def add_reply(
    staff: User, nonce: str, city_name: str | None, data: ReplyData, why: str = ""
) -> None:
    """Add a reply for a city where a member of staff manages the queues, or for all (None).

    nonce: from the form. The same nonce again is the same reply.

    Raises TooManyReplies, FormReused.
    """
    reply_id = uuid5(staff.id, nonce)
    if not execute_write(_add_statement(reply_id, city_name, data, why), idempotent=True):
        with check_outcome():
            _check_added(reply_id, city_name, data)
    replies_cache().clear()


def _check_added(reply_id: UUID, city_name: str | None, data: ReplyData) -> None:
    """Raise TooManyReplies or FormReused unless the reply is there with this data."""
    columns = table(SavedReply).c
    wanted = {"city": city_name, **asdict(data)}
    query = select(*(columns[name] for name in wanted)).where(columns.id == reply_id)
    stored = db.session.execute(query).one_or_none()
    if stored is None:
        raise TooManyReplies
    check_form_values(stored, wanted)


def _add_statement(
    reply_id: UUID, city_name: str | None, data: ReplyData, why: str
) -> Select[tuple[UUID]]:
    replies = table(SavedReply)
    others = replies.alias("others")
    values = {"id": reply_id, "city": city_name, **asdict(data)}
    row = {name: literal(value, replies.c[name].type) for name, value in values.items()}
    count = select(func.count()).where(others.c.city.is_not_distinct_from(city_name))
    source = select(*row.values()).where(count.scalar_subquery() < MAX_REPLIES)
    inserted = insert(replies).from_select(list(row), source).on_conflict_do_nothing()
    added = inserted.returning(replies.c.id, replies.c.city).cte("added_reply")
    change = RecordedChange(None, asdict(data), why)
    return _with_event(AuditKind.SAVED_REPLY_ADDED, reply_id, added, change)


def change_reply(staff: User, reply: SavedReply, data: ReplyData, why: str = "") -> None:
    """Change a reply. Raises EditConflict unless it is still as ``reply``, and one that the member
    of staff may change."""
    replies, old_data = table(SavedReply), ReplyData.of(reply)
    changed = (
        update(replies)
        .where(replies.c.id == reply.id, _may_change_condition(staff))
        .where(values_condition(replies, asdict(old_data)))
        .values(asdict(data))
        .returning(replies.c.id, replies.c.city)
        .cte("changed_reply")
    )
    change = RecordedChange(asdict(old_data), asdict(data), why)
    statement = _with_event(AuditKind.SAVED_REPLY_CHANGED, reply.id, changed, change)
    is_changed = bool(execute_write(statement, idempotent=True))
    replies_cache().clear()
    if not is_changed:
        raise EditConflict


def remove_reply(staff: User, reply_id: UUID, why: str = "") -> None:
    """Remove a reply; one that is gone already is removed. Raises NotFound for one that the member
    of staff may not change."""
    replies = table(SavedReply)
    names = [field.name for field in fields(ReplyData)]
    removed = (
        delete(replies)
        .where(replies.c.id == reply_id, _may_change_condition(staff))
        .returning(replies.c.id, replies.c.city, *(replies.c[name] for name in names))
        .cte("removed_reply")
    )
    change = RecordedChange(select_values(removed, *names), None, why)
    statement = _with_event(AuditKind.SAVED_REPLY_REMOVED, reply_id, removed, change)
    if not execute_write(statement, idempotent=True):
        with check_outcome():
            if _exists(reply_id):
                raise NotFound
    replies_cache().clear()


def _exists(reply_id: UUID) -> bool:
    query = select(SavedReply.id).where(SavedReply.id == reply_id)
    return db.session.scalar(query) is not None


def _may_change_condition(staff: User) -> ColumnElement[bool]:
    return staff.permitted_city_condition(Permission.MANAGE_QUEUES, table(SavedReply).c.city)


def _with_event(
    kind: AuditKind, reply_id: UUID, written: CTE, change: RecordedChange
) -> Select[Any]:  # Any: of any table
    """Return the statement of a part that returns ``id`` and ``city``, with its audit event, which
    is about the city; about none if the reply is for all."""
    subject = literal("city ", String) + written.c.city
    audit_event = audit_event_statement(
        kind,
        subject=subject,
        after=written,
        city=written.c.city,
        change=change,
        reply=str(reply_id),
    )
    return select(written.c.id).add_cte(as_cte(audit_event))
