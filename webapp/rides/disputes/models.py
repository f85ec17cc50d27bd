"""Disputes about rides, and their messages."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.auth.models import User, joined_account_condition
from webapp.db.keys import RowKey, account_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.models import Ride


class Dispute(Base):
    """A dispute about a ride, at most one for each, in the ride's region."""

    __tablename__ = "disputes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "ride_id"], ["rides.region", "rides.id"], onupdate="CASCADE"
        ),
        account_foreign_key("assignee"),
        CheckConstraint(one_of("state", DisputeState), name="state"),
        CheckConstraint("refunded >= 0", name="refunded"),
        #: The queue of a city for staff, by state, the longest unanswered first.
        Index("ix_disputes_queue", "region", "city", "state", "changed_at", "ride_id"),
        #: What is assigned to somebody, by city and state; and deleting the account.
        Index(
            "ix_disputes_assignee",
            "region",
            "assignee_region",
            "assignee_id",
            "city",
            "state",
            "changed_at",
            "ride_id",
        ),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the ride.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The ride. The primary key allows one dispute for it.
    ride_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: City of the ride.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: ``open``: the rider wrote last; ``answered``: staff did; ``closed``.
    state: Mapped[str] = mapped_column(String(24), default=DisputeState.OPEN)
    #: How much of the ride's price was refunded, minor units.
    refunded: Mapped[int] = mapped_column(BigInteger, default=0)
    #: The language of the rider's browser, ISO 639: saved replies in it come first. '': not known.
    language: Mapped[str] = mapped_column(String(3), server_default="")
    #: When it was opened.
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: Since when it is in its state: waits for staff, is answered or closed.
    changed_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )
    #: Region of the member of staff who looks after it. NULL: nobody does.
    assignee_region: Mapped[str | None] = mapped_column(Region)
    #: The member of staff who looks after it. NULL: nobody does.
    assignee_id: Mapped[UUID | None]
    #: When staff first did something about it: assigned or answered it. NULL: not yet.
    first_action_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When staff first answered. NULL: not yet, or before it was stored.
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    #: None also while the account is being deleted.
    assignee: Mapped[User | None] = relationship(
        lazy="raise",
        viewonly=True,
        primaryjoin=lambda: joined_account_condition(Dispute.assignee_region, Dispute.assignee_id),
    )
    ride: Mapped[Ride] = relationship(lazy="raise", viewonly=True)
    messages: Mapped[list["DisputeMessage"]] = relationship(
        lazy="raise",
        viewonly=True,
        order_by=lambda: (DisputeMessage.at, DisputeMessage.id),
    )

    @property
    def assignee_key(self) -> RowKey | None:
        """Who looks after it; None: nobody does."""
        region, id_ = self.assignee_region, self.assignee_id
        return RowKey(region, id_) if region and id_ else None

    @property
    def ride_key(self) -> RowKey:
        """The key of the ride, which is that of the dispute."""
        return RowKey(self.region, self.ride_id)


class DisputeMessage(Base):
    """A message of the rider or of staff in a dispute."""

    __tablename__ = "dispute_messages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "ride_id"], ["disputes.region", "disputes.ride_id"], onupdate="CASCADE"
        ),
        account_foreign_key("author"),
        #: The messages of a dispute, in order.
        Index("ix_dispute_messages_thread", "region", "ride_id", "at", "id"),
        #: The messages that an account wrote, in all regions: the personal data export, deletion.
        Index("ix_dispute_messages_author", "author_region", "author_id", "at", "id"),
        #: The refunds of some time: the numbers of a city.
        Index("ix_dispute_messages_refunds", "region", "at", postgresql_where=text("refund > 0")),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the ride.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Follows from the form: a message that is sent twice is stored once.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: The ride of the dispute.
    ride_id: Mapped[UUID]
    #: Region of the account that wrote it. NULL: the account was deleted; the text stays.
    author_region: Mapped[str | None] = mapped_column(Region)
    #: The account that wrote it. NULL: the account was deleted; the text stays.
    author_id: Mapped[UUID | None]
    #: Whether staff wrote it, else the rider.
    by_staff: Mapped[bool]
    #: The message.
    text: Mapped[str] = mapped_column(String(2000))
    #: How much of the ride's price was refunded with this message, minor units.
    refund: Mapped[int] = mapped_column(BigInteger, default=0)
    #: When it was written.
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
