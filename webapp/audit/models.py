"""The table of audit events."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import DateTime, Index, String, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.audit.changes import AFTER, BEFORE, WHY, ChangedValue, find_changed_values
from webapp.db.keys import RowKey
from webapp.db.types import MOVES_WITH_CITY, ON_REGION_DROP, REGIONAL_BY_ROW, OnRegionDrop, Region
from webapp.extensions import Base


class AuditEvent(Base):
    """An audit event, in the region of the account whose page shows it, or of what staff act on."""

    __tablename__ = "events"
    __table_args__ = (
        #: The audit trail of a region, newest first; ``flask sweep`` deletes old events.
        Index("ix_events_at", "region", "at", "id"),
        #: The audit trail, filtered by kind.
        Index("ix_events_kind", "region", "kind", "at", "id"),
        #: What an account did.
        Index("ix_events_actor", "region", "actor_id", "at", "id"),
        #: What happened to an account, a vehicle or a ride.
        Index("ix_events_subject", "region", "subject", "at", "id"),
        #: What staff did in a city. Partial: what riders do, which is most, pays nothing for it.
        Index(
            "ix_events_city",
            "region",
            "city",
            "at",
            "id",
            postgresql_where=text("city IS NOT NULL"),
        ),
        {
            "info": {
                **REGIONAL_BY_ROW,
                MOVES_WITH_CITY: "events of staff",
                ON_REGION_DROP: OnRegionDrop.MOVE,
            }
        },
    )

    #: Region of the account that acted; of the other account, if it acted on another one; of the
    #: vehicle, the task, the report or the bulk action, if staff acted on one.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made by the application.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: When it happened.
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: What happened: ``account.signed_in``, ``ride.started``; see webapp/audit/enums.py.
    kind: Mapped[str] = mapped_column(String(40))
    #: Region of the account that acted, as it was named then. Plain text without a foreign key:
    #: events outlive accounts and regions. NULL: a visitor, or the command line.
    actor_region: Mapped[str | None] = mapped_column(String(32))
    #: The account that acted. NULL: a visitor, or the command line.
    actor_id: Mapped[UUID | None] = mapped_column(Uuid())
    #: What it happened to: ``account KEY``, ``vehicle KEY``, ``ride KEY``,
    #: ``zone ID``, ``city NAME``, ...
    subject: Mapped[str | None] = mapped_column(String(100))
    #: The city that staff acted in. NULL: what people do with their own account and on rides, and
    #: what is about no city. Plain text: events outlive cities.
    city: Mapped[str | None] = mapped_column(String(64))
    #: IP address of the visitor. NULL: the command line, or the account was deleted.
    address: Mapped[str | None] = mapped_column(String(45))
    #: The X-Request-Id of the response. NULL: the command line.
    request_id: Mapped[UUID | None] = mapped_column(Uuid())
    #: More facts, which depend on the kind; no personal data. ``before``, ``after`` and ``why``:
    #: see webapp/audit/changes.py.
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)

    @property
    def actor(self) -> RowKey | None:
        """The account that acted; None: a visitor, or the command line."""
        if self.actor_region is None or self.actor_id is None:
            return None
        return RowKey(self.actor_region, self.actor_id)

    @property
    def changes(self) -> list[ChangedValue]:
        """The values that it has changed."""
        return find_changed_values(self.details)

    @property
    def facts(self) -> dict[str, Any]:  # Any: JSON
        """The details that are no values before or after."""
        return {k: v for k, v in self.details.items() if k not in (BEFORE, AFTER, WHY)}
