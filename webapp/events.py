"""The audit trail: who did what, to what, from where and when.

Rows are added in the statement or transaction that does what they tell, and are never changed;
only a person who leaves for good is taken out of them. No secret and no typed text goes in.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from flask import Flask, Response, g, has_request_context, request
from flask_login import current_user
from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    Index,
    String,
    Uuid,
    cast,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from webapp.keys import RowKey
from webapp.regions import catalogue, here
from webapp.schema import REGIONAL_BY_ROW, Base, Region, table


class Kind(StrEnum):
    """What can be told."""

    REGISTERED = "account.registered"
    SIGNED_IN = "account.signed_in"
    SIGN_IN_FAILED = "account.sign_in_failed"
    SIGN_IN_THROTTLED = "account.sign_in_throttled"
    SIGNED_OUT = "account.signed_out"
    IDENTITY_SHOWN = "account.identity_shown"
    PROOF_FAILED = "account.proof_failed"
    SESSION_ENDED = "account.session_ended"
    EMAIL_CONFIRMED = "account.email_confirmed"
    EMAIL_CHANGE_ASKED = "account.email_change_asked"
    EMAIL_CHANGED = "account.email_changed"
    PASSWORD_CHANGED = "account.password_changed"  # noqa: S105 - not one
    RESET_ASKED = "account.reset_asked"
    PASSWORD_RESET = "account.password_reset"  # noqa: S105 - not one
    SECOND_FACTOR_ON = "account.second_factor_on"
    SECOND_FACTOR_OFF = "account.second_factor_off"
    SECOND_FACTOR_FAILED = "account.second_factor_failed"
    RECOVERY_CODES_MADE = "account.recovery_codes_made"
    RECOVERY_CODE_USED = "account.recovery_code_used"
    IDENTITY_LINKED = "account.identity_linked"
    IDENTITY_UNLINKED = "account.identity_unlinked"
    PROFILE_SAVED = "account.profile_saved"
    ROLE_GRANTED = "account.role_granted"
    ROLE_REVOKED = "account.role_revoked"
    DISABLED = "account.disabled"
    ENABLED = "account.enabled"
    DATA_EXPORTED = "account.data_exported"
    DELETED = "account.deleted"
    ACCESS_DENIED = "access.denied"
    VEHICLE_ADDED = "vehicle.added"
    VEHICLE_CHANGED = "vehicle.changed"
    VEHICLE_REMOVED = "vehicle.removed"
    FLEET_IMPORTED = "fleet.imported"
    RIDE_STARTED = "ride.started"
    RIDE_ENDED = "ride.ended"
    RIDE_PAUSED = "ride.paused"
    RIDE_RESUMED = "ride.resumed"
    RIDE_RATED = "ride.rated"
    VEHICLE_RESERVED = "vehicle.reserved"
    RESERVATION_EXTENDED = "vehicle.reservation_extended"
    RESERVATION_CANCELLED = "vehicle.reservation_cancelled"
    PLAN_PUBLISHED = "fleet.plan_published"
    ZONES_IMPORTED = "fleet.zones_imported"
    ZONE_CHANGED = "fleet.zone_changed"
    REPORT_FILED = "report.filed"
    REPORT_ANSWERED = "report.answered"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_ANSWERED = "dispute.answered"
    REFUNDED = "wallet.refunded"
    CREDIT_GIVEN = "wallet.credit_given"
    TOPPED_UP = "wallet.topped_up"
    PAID_OUT = "wallet.paid_out"
    RIDES_REPLAYED = "ride.replayed"


class Event(Base):
    """Something that happened, in the region of whoever did it."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_at", "region", "at", "id"),
        Index("ix_events_kind", "region", "kind", "at", "id"),
        Index("ix_events_actor", "region", "actor_id", "at", "id"),
        Index("ix_events_subject", "region", "subject", "at", "id"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    kind: Mapped[str] = mapped_column(String(40))
    #: None: a visitor, or the command line. No foreign key, and the region as it was called then:
    #: events outlive accounts and regions.
    actor_region: Mapped[str | None] = mapped_column(String(32))
    actor_id: Mapped[UUID | None] = mapped_column(Uuid())
    #: To what it happened: ``account KEY``, ``vehicle KEY``, ``ride KEY``.
    subject: Mapped[str | None] = mapped_column(String(100))
    #: Of the visitor; None: the command line.
    address: Mapped[str | None] = mapped_column(String(45))
    #: The answer carried it as X-Request-Id.
    request_id: Mapped[UUID | None] = mapped_column(Uuid())
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)

    @property
    def actor(self) -> RowKey | None:
        if self.actor_region is None or self.actor_id is None:
            return None
        return RowKey(self.actor_region, self.actor_id)


def init_app(app: Flask) -> None:
    app.before_request(_number_request)
    app.after_request(_tell_number)


def _number_request() -> None:
    g.request_id = uuid4()


def _tell_number(response: Response) -> Response:
    if number := g.get("request_id"):
        response.headers["X-Request-Id"] = str(number)
    return response


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
