"""Bulk actions, and what became of each of their vehicles."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    String,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey, account_foreign_key, parent_foreign_key
from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.fleet.bulk_actions.enums import BulkResult


class BulkAction(Base):
    """An action of a member of staff with many vehicles of a city, in the city's region."""

    __tablename__ = "bulk_actions"
    __table_args__ = (
        account_foreign_key("creator"),
        #: The bulk actions of a city, newest first.
        Index("ix_bulk_actions_city", "region", "city", "created_at", "id"),
        #: ``flask sweep`` deletes old ones.
        Index("ix_bulk_actions_created", "region", "created_at"),
        #: Those of an account, in all regions: its personal data, and deleting or moving it.
        Index("ix_bulk_actions_creator", "creator_region", "creator_id", "created_at", "id"),
        {"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "bulk actions"}},
    )

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made for the form: one that is sent twice is done once.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: City of the vehicles.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: ``VehicleAction``.
    action: Mapped[str] = mapped_column(String(24))
    #: What staff said with it (``ActionDetails``).
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: The filter whose vehicles it is done with. NULL: they were selected by hand.
    filter: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: The bulk action that it undoes. NULL: it undoes none.
    undoes_id: Mapped[UUID | None]
    #: Region of who started it. NULL: the account was deleted.
    creator_region: Mapped[str | None] = mapped_column(Region)
    #: Who started it. NULL: the account was deleted.
    creator_id: Mapped[UUID | None]
    #: When it was started.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When all vehicles had a result. NULL: not yet.
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)


class BulkActionVehicle(Base):
    """A vehicle of a bulk action. It may be gone: it has no foreign key."""

    __tablename__ = "bulk_action_vehicles"
    __table_args__ = (
        parent_foreign_key("bulk_actions", "bulk_action_id"),
        CheckConstraint(one_of("result", BulkResult), name="result"),
        #: Those that wait, how many have which result, and the list of one result.
        Index("ix_bulk_action_vehicles_result", "region", "bulk_action_id", "result", "vehicle_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the bulk action.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The bulk action.
    bulk_action_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The vehicle, in the same region.
    vehicle_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: A ``BulkResult``. NULL: not yet.
    result: Mapped[str | None] = mapped_column(String(16))
    #: Its state before.
    state_before: Mapped[str | None] = mapped_column(String(24))
    #: Why it was out of service before (``OutOfServiceReason``). NULL: it was not, or a report or
    #: its feed had taken it out.
    reason_before: Mapped[str | None] = mapped_column(String(24))
    #: How many events it had after the action: with more it has changed, and is not undone. Of one
    #: that undoes another, until it is done: how many it must have.
    event_count: Mapped[int | None] = mapped_column(BigInteger)
