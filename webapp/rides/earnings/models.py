"""The revenue shares that were agreed with owners."""

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
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey
from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region
from webapp.extensions import Base

#: The whole net price, in basis points: hundredths of a percent.
WHOLE_PRICE = 10_000
#: Of why a share was agreed, characters.
MAX_NOTE_LENGTH = 200


class RevenueShare(Base):
    """The part of the net price of rides that an owner gets in a city from a moment on, until the
    next one.

    Rows are added and never changed. In the region of the city, where the rides are that it is
    about: the end of a ride asks no other region.
    """

    __tablename__ = "revenue_shares"
    __table_args__ = (
        ForeignKeyConstraint(
            ["owner_region", "owner_id"],
            ["users.region", "users.id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        CheckConstraint(f"basis_points BETWEEN 0 AND {WHOLE_PRICE}", name="basis_points"),
        #: The shares of an owner in a city: the end of a ride asks for the current one. And the
        #: owners of a city.
        Index(
            "ix_revenue_shares_city",
            "region",
            "city",
            "owner_id",
            "valid_from",
            "created_at",
        ),
        #: The shares of an owner, in all regions: the personal data export, moving the account.
        Index("ix_revenue_shares_owner", "owner_region", "owner_id", "created_at", "id"),
        {"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "revenue shares"}},
    )

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Follows from the form: a share that is sent twice is stored once.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: Where the vehicles are for which it holds.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: Region of the owner.
    owner_region: Mapped[str] = mapped_column(Region)
    #: Whose share it is.
    owner_id: Mapped[UUID]
    #: Of the price without tax, in hundredths of a percent.
    basis_points: Mapped[int] = mapped_column(BigInteger)
    #: From when on. Of two with the same moment, the one that was added later holds.
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When it was added.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: Why, in the words of who agreed it; the owner reads it.
    note: Mapped[str] = mapped_column(String(MAX_NOTE_LENGTH))

    @property
    def owner_key(self) -> RowKey:
        return RowKey(self.owner_region, self.owner_id)
