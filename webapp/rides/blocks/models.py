"""Riders whom owners have blocked."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import DateTime, ForeignKeyConstraint, Index, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey, parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base

#: Riders that an owner may block.
MAX_BLOCKS = 50
#: Of the reason, characters.
MAX_REASON_LENGTH = 280


class RiderBlock(Base):
    """A rider whom an owner does not let ride the owner's vehicles. In the region of the rider,
    where the start of a ride reads what else may keep the rider from it."""

    __tablename__ = "rider_blocks"
    __table_args__ = (
        parent_foreign_key("users", "rider_id"),
        ForeignKeyConstraint(
            ["owner_region", "owner_id"],
            ["users.region", "users.id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        #: Once for each owner: the start of a ride, and the blocks of a rider.
        UniqueConstraint(
            "region", "rider_id", "owner_region", "owner_id", name="uq_rider_blocks_pair"
        ),
        #: The riders that an owner has blocked, in all regions, newest first.
        Index("ix_rider_blocks_owner", "owner_region", "owner_id", "created_at", "id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the rider.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Follows from the form: one that is sent twice blocks once.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: The rider. The owner does not learn who it is.
    rider_id: Mapped[UUID]
    #: Region of the owner.
    owner_region: Mapped[str] = mapped_column(Region)
    #: The owner. The rider does not learn who it is.
    owner_id: Mapped[UUID]
    #: Region of the ride at the time.
    ride_region: Mapped[str] = mapped_column(Region)
    #: The ride after which the rider was blocked: the rider may dispute it.
    ride_id: Mapped[UUID]
    #: Why, in the words of the owner; the rider reads it.
    reason: Mapped[str] = mapped_column(String(MAX_REASON_LENGTH))
    #: Since when.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)

    @property
    def ride_key(self) -> RowKey:
        return RowKey(self.ride_region, self.ride_id)
