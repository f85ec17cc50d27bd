"""A rider asks for a ride to be looked at, and staff answer."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db.keys import RowKey
from webapp.db.types import REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.models import Ride


class Dispute(Base):
    """One thread about one ride, in the ride's region."""

    __tablename__ = "disputes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "ride_id"], ["rides.region", "rides.id"], onupdate="CASCADE"
        ),
        CheckConstraint(one_of("state", DisputeState), name="state"),
        CheckConstraint("refunded >= 0", name="refunded"),
        Index("ix_disputes_queue", "region", "city", "state", "changed_at", "ride_id"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    ride_id: Mapped[UUID] = mapped_column(primary_key=True)
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    state: Mapped[str] = mapped_column(String(24), default=DisputeState.OPEN)
    #: Of the ride's price, what has been given back, minor units.
    refunded: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )

    ride: Mapped[Ride] = relationship(lazy="raise", viewonly=True)
    messages: Mapped[list["DisputeMessage"]] = relationship(
        lazy="raise",
        viewonly=True,
        order_by=lambda: (DisputeMessage.at, DisputeMessage.id),
    )

    @property
    def key(self) -> RowKey:
        """That of the ride."""
        return RowKey(self.region, self.ride_id)


class DisputeMessage(Base):
    """What one side wrote."""

    __tablename__ = "dispute_messages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "ride_id"], ["disputes.region", "disputes.ride_id"], onupdate="CASCADE"
        ),
        ForeignKeyConstraint(
            ["author_region", "author_id"],
            ["users.region", "users.id"],
            ondelete="SET NULL",
            onupdate="CASCADE",
        ),
        Index("ix_dispute_messages_thread", "region", "ride_id", "at", "id"),
        Index("ix_dispute_messages_author", "author_region", "author_id", "at", "id"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Follows from the form, so that a message that is sent twice stands there once.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    ride_id: Mapped[UUID]
    #: None: the account is gone. The words stay: what was decided follows from them.
    author_region: Mapped[str | None] = mapped_column(Region)
    author_id: Mapped[UUID | None]
    by_staff: Mapped[bool]
    text: Mapped[str] = mapped_column(String(2000))
    #: Of the ride's price, what came back with these words, minor units.
    refund: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
