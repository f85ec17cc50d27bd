"""The table of audit events."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    DateTime,
    Index,
    String,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base


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
