"""Writing audit events: in the statement or transaction that does what they record.

Events are never changed; account deletion removes the personal data in them. They hold no
secrets and no typed text.
"""

from typing import Any
from uuid import UUID, uuid4

from flask import g, has_request_context, request
from flask_login import current_user
from sqlalchemy import (
    CTE,
    ColumnElement,
    String,
    cast,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from webapp.audit.enums import Kind
from webapp.audit.models import Event
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.regions.catalogue import catalogue, here


def subject(what: str, key: RowKey) -> Any:
    """Return how an event names the row it happened to; ``key_in`` has keys of rows yet to find."""
    if isinstance(key.id, UUID):
        return f"{what} {key}"
    return literal(f"{what} ") + cast(key.region, String) + "." + cast(key.id, String)


def key_in(part: CTE, name: str = "id") -> RowKey:
    """Return the key that each row of ``part`` has in ``region`` and ``name``, for an event
    ``after`` it."""
    return RowKey._make((part.c.region, part.c[name]))


def event(
    kind: Kind,
    *,
    actor: RowKey | None = None,
    subject: Any = None,
    after: CTE | None = None,
    region: str | None = None,
    **details: Any,
) -> Any:
    """Return the INSERT of an event, from where this request comes. Running it twice tells it once,
    so that it may be part of what is idempotent.

    actor: who did it; by default whoever is signed in.
    region: where it is looked for; by default that of whoever did it. What is done to another's
        account is told where that account is.
    after: the event happens once if this part of the same statement has a row, else not at all.
    """
    actor = actor or _who_is_here()
    row = {
        "region": region or (actor.region if actor else here()),
        "id": uuid4(),
        "kind": kind.value,
        "actor_region": actor.region if actor else None,
        "actor_id": actor.id if actor else None,
        "subject": subject,
        "address": (request.remote_addr or "")[:45] if has_request_context() else None,
        "request_id": g.get("request_id") if has_request_context() else None,
        "details": details,
    }
    events = table(Event)
    told = insert(events).values(row)
    if after is not None:
        typed = [_typed(value, events.c[name]) for name, value in row.items()]
        told = insert(events).from_select(list(row), select(*typed).select_from(after))
    return told.on_conflict_do_nothing()


def _typed(value: Any, column: Any) -> Any:
    return value if isinstance(value, ColumnElement) else literal(value, column.type)


def along(event: Any) -> CTE:
    """Return the event as a part of another statement: ``statement.add_cte(along(event(...)))``."""
    part: CTE = event.returning(table(Event).c.id).cte("event")
    return part


def forgetting(person: RowKey) -> list[Any]:
    """Return the statements that take a person out of the trail: what stays are keys of nobody.

    Details stay: they name roles, cities and doors, and nobody. Else leaving would be a way to hide
    what one did to others.
    """
    events = table(Event)
    blank = update(events).values(address=None)
    return [
        blank.where(events.c.actor_id == person.id),
        blank.where(events.c.subject.in_(names_of(person))),
    ]


def names_of(person: RowKey) -> list[str]:
    """Return all subjects that are this person's account: one for each region they may have lived
    in."""
    regions = {city.region for city in catalogue().all()} | {person.region}
    return [subject("account", RowKey(region, person.id)) for region in sorted(regions)]


def _who_is_here() -> RowKey | None:
    if has_request_context() and not g.get("failsafe") and current_user.is_authenticated:
        key: RowKey = current_user.key
        return key
    return None
