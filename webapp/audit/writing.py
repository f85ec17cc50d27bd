"""Writing audit events: in the statement or the transaction that does what they record.

Events are never changed, except that the deletion of an account removes the personal data in them.
They hold no secrets, and of what people typed only this: values of settings that staff typed, such
as names of zones, and why they changed them (webapp/audit/changes.py).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import g, has_request_context, request
from flask_login import current_user
from sqlalchemy import (
    CTE,
    ColumnElement,
    String,
    Update,
    Uuid,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)

from webapp.audit.changes import WHY, RecordedChange, make_object, make_reason_details
from webapp.audit.enums import SETTING_KINDS, VALUE_KINDS, AuditKind
from webapp.audit.models import AuditEvent
from webapp.db.inserts import Insert, insert
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.regions.catalogue import local_region
from webapp.regions.data_regions import list_data_regions
from webapp.regions.models import City


def audit_event_statement(
    kind: AuditKind,
    *,
    actor: RowKey | None = None,
    subject: str | ColumnElement[str] | None = None,
    after: CTE | None = None,
    for_each: ColumnElement[Any] | None = None,
    region: str | ColumnElement[str] | None = None,
    city: str | ColumnElement[str] | None = None,
    change: RecordedChange | None = None,
    why: str = "",
    **details: Any,
) -> Insert:
    """Return the INSERT of an event with the address and the id of the current request.

    The event has its id already: sent twice, the statement writes one event. So it may be part of
    what is idempotent.

    actor: the account that acted; by default the one that is signed in.
    subject: what it happened to (see ``audit_subject``).
    after: a part of the same statement. The event is written if this part has a row.
    for_each: what tells the rows of ``after`` apart, such as their ids, to write an event for each
        of them. Any: of any type.
    region: where the event is stored; by default the region of the actor. Pass the region of the
        account for what is done to another's account, and the region of the row for what staff do
        to vehicles, tasks, reports and disputes (docs/decisions/0032).
    city: the city that staff acted in. Then ``region`` is the city's, too.
    change: the values before and after; for ``SETTING_KINDS`` always, for ``VALUE_KINDS`` where
        a value changes.
    why: the reason for what has no ``change``.
    details: values that JSON knows, or columns of ``after``.
    """
    if kind in SETTING_KINDS if change is None else kind not in VALUE_KINDS:
        raise TypeError(f"an event {kind} has {'no' if change else 'the'} values before and after")
    details = {**(change.details() if change else make_reason_details(why)), **details}
    row = _make_event_row(kind, actor, subject, region, city, details)
    events = table(AuditEvent)
    if for_each is not None:
        row["id"] = cast(func.md5(literal(f"{row['id']} ") + cast(for_each, String)), Uuid())
    if after is not None:
        typed = {name: _make_column(value, events.c[name]) for name, value in row.items()}
        return _insert_if_statement(typed, after)
    return insert(events).values(row).on_conflict_do_nothing()


def event_parameters_statement(after: CTE) -> Insert:
    """Return the INSERT of an event for a statement that is built once. It is executed with
    ``bind_audit_event``.

    after: a part of the same statement. The event is written if this part has a row.
    """
    columns = (column for column in table(AuditEvent).c if column.name != "at")
    row = {column.name: bindparam(f"event_{column.name}", type_=column.type) for column in columns}
    return _insert_if_statement(row, after)


def bind_audit_event(
    kind: AuditKind, *, actor: RowKey | None, subject: str, **details: Any
) -> dict[str, Any]:
    """Return the values of ``event_parameters_statement``; they are the arguments of
    ``audit_event_statement``."""
    row = _make_event_row(kind, actor, subject, None, None, details)
    return {f"event_{name}": value for name, value in row.items()}


def _make_event_row(
    kind: AuditKind,
    actor: RowKey | None,
    subject: str | ColumnElement[str] | None,
    region: str | ColumnElement[str] | None,
    city: str | ColumnElement[str] | None,
    details: dict[str, Any],
) -> dict[str, Any]:
    actor = actor or find_signed_in_account()
    if region is None:
        region = actor.region if actor else local_region()
    return {
        "region": region,
        "id": uuid4(),
        "kind": kind.value,
        "actor_region": actor.region if actor else None,
        "actor_id": actor.id if actor else None,
        "subject": subject,
        "city": city,
        **_request_columns(),
        "details": _make_details(details),
    }


def _make_details(details: dict[str, Any]) -> dict[str, Any] | ColumnElement[Any]:
    """Return details as a value, or as SQL if some are columns."""
    if not any(isinstance(value, ColumnElement) for value in details.values()):
        return details
    return make_object(details)


def _insert_if_statement(row: Mapping[str, ColumnElement[Any]], after: CTE) -> Insert:
    source = select(*(value.label(name) for name, value in row.items())).select_from(after)
    return insert(table(AuditEvent)).from_select(list(row), source).on_conflict_do_nothing()


def account_event_statement(
    kind: AuditKind,
    user_key: RowKey,
    *,
    actor: RowKey | None = None,
    after: CTE | None = None,
    region: str | None = None,
    city: str | None = None,
    change: RecordedChange | None = None,
    why: str = "",
    **details: Any,
) -> Insert:
    """Return the ``audit_event_statement`` of an event that happened to an account."""
    return audit_event_statement(
        kind,
        actor=actor,
        subject=audit_subject("account", user_key),
        after=after,
        region=region,
        city=city,
        change=change,
        why=why,
        **details,
    )


def city_event_statement(
    kind: AuditKind,
    city: City,
    *,
    change: RecordedChange | None = None,
    why: str = "",
    after: CTE | None = None,
    subject: str | None = None,
    **details: Any,
) -> Insert:
    """Return the ``audit_event_statement`` of what staff do in a city, in its region.

    subject: by default the city.
    """
    return audit_event_statement(
        kind,
        subject=subject or make_city_subject(city.name),
        after=after,
        region=city.region,
        city=city.name,
        change=change,
        why=why,
        **details,
    )


def make_city_subject(name: str) -> str:
    """Return the subject of events about a city."""
    return f"city {name}"


def as_cte(*audit_events: Insert) -> CTE:
    """Return the INSERT of an event as a part of another statement, for ``add_cte``.

    Several, each with ``after``, become one: a statement modifies no table twice.
    """
    events, (audit_event, *others) = table(AuditEvent), audit_events
    if others:
        rows = [select(each.select.subquery()) for each in audit_events if each.select is not None]
        names = rows[0].selected_columns.keys()
        audit_event = insert(events).from_select(names, union_all(*rows)).on_conflict_do_nothing()
    return audit_event.returning(events.c.id).cte("event")


def audit_subject(kind: str, key: RowKey) -> str | ColumnElement[str]:
    """Return the subject of an event: ``vehicle us-east1.0b9c...``.

    kind: ``account``, ``vehicle``, ``ride``, ...
    key: a key, or the ``cte_key`` of a row that the statement finds; then the result is SQL.
    """
    if isinstance(key.id, UUID):
        return f"{kind} {key}"
    return literal(f"{kind} ") + cast(key.region, String) + "." + cast(key.id, String)


def cte_key(part: CTE, id: str = "id", region: str = "region") -> RowKey:
    """Return the key of the rows of ``part`` as columns, by default its ``region`` and ``id``."""
    return RowKey._make((part.c[region], part.c[id]))


def anonymise_person_statements(user_key: RowKey) -> list[Update]:
    """Return the statements that remove the personal data of an account from its events.

    Kinds and details stay: but for the words of staff about a person they hold no personal data,
    and deleting an account must not hide what its owner did to others.
    """
    events = table(AuditEvent)
    columns, is_acting = events.c, events.c.actor_id == user_key.id
    is_about_person = columns.subject.in_(list_account_subjects(user_key))
    has_personal_data = or_(columns.address.is_not(None), columns.details.has_key(WHY))
    return [
        update(events).where(is_acting, columns.address.is_not(None)).values(address=None),
        update(events)
        .where(is_about_person, has_personal_data)
        .values(address=None, details=columns.details - WHY),
    ]


def list_account_subjects(user_key: RowKey) -> list[str]:
    """Return the subjects of events that happened to an account, one for each region.

    An account that moves to a city of another region keeps its id, and its events stay.
    """
    regions = {*list_data_regions(), user_key.region}
    return [f"account {RowKey(region, user_key.id)}" for region in sorted(regions)]


def _request_columns() -> dict[str, str | UUID | None]:
    """Return where a request comes from; a command has no request."""
    if not has_request_context():
        return {"address": None, "request_id": None}
    return {"address": (request.remote_addr or "")[:45], "request_id": g.get("request_id")}


def _make_column(value: Any, column: ColumnElement[Any]) -> ColumnElement[Any]:
    return value if isinstance(value, ColumnElement) else literal(value, column.type)


def find_signed_in_account() -> RowKey | None:
    """Return the key of the account that acts; None in commands, and for visitors."""
    if has_request_context() and not g.get("failsafe") and current_user.is_authenticated:
        key: RowKey = current_user.key
        return key
    return None
