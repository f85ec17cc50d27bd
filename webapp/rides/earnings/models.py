"""The revenue shares of owners, and the ledger of what they have earned."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey
from webapp.db.types import COPIED_FIRST, MOVES_WITH_CITY, REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.rides.earnings.enums import OwnerLedgerEntryKind

#: The whole net price, in basis points: hundredths of a percent.
WHOLE_PRICE = 10_000
#: Of why a share was set, and of the reference of a payout, characters.
MAX_NOTE_LENGTH = 200
#: The rows in which the sums of a month are kept: rides of an owner's vehicles that end at the same
#: moment seldom meet in one.
BALANCE_SHARDS = 8
#: A shard that nothing else has, for rows that meet others when their city moves.
RANDOM_SHARD = text(f"({BALANCE_SHARDS} + floor(random() * 1000000000))::bigint")


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
        #: Copied first: a ride that ends while its city moves finds the share, wherever it is.
        {"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "revenue shares", COPIED_FIRST: True}},
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
    #: Why, in the words of who set it; the owner reads it.
    note: Mapped[str] = mapped_column(String(MAX_NOTE_LENGTH))

    @property
    def owner_key(self) -> RowKey:
        return RowKey(self.owner_region, self.owner_id)


class OwnerLedgerEntry(Base):
    """An entry of the ledger of owners, which moves money between two accounts: ``amount`` to the
    balance of the owner, from the account that follows from the kind (``COUNTER_ACCOUNTS``). So
    each entry balances.

    Never changed, but that a deleted account loses its key. In the region of the city, as the ride:
    its end reaches no other region. For the same reason no foreign key leads to the owner.
    """

    __tablename__ = "owner_entries"
    __table_args__ = (
        CheckConstraint(one_of("kind", OwnerLedgerEntryKind), name="kind"),
        #: The entries of an owner's vehicles in a city and month, and their sums by vehicle.
        Index(
            "ix_owner_entries_vehicle",
            "region",
            "owner_id",
            "city",
            "month",
            "vehicle_id",
            "at",
            "id",
            postgresql_include=["net_price", "amount", "kind"],
        ),
        #: The entries in a city, in the order in which they were made: their export.
        Index("ix_owner_entries_city", "region", "city", "at", "id"),
        #: The payouts of an owner in a city, and those that the bank has returned.
        Index(
            "ix_owner_entries_payout",
            "region",
            "owner_id",
            "city",
            "at",
            "id",
            postgresql_where=text("vehicle_id IS NULL"),
        ),
        {"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "earnings of owners"}},
    )

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Follows from the cause (a ride, a refund, a form): the same cause is recorded once. Of a ride
    #: it is the ride's.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: City of the ride; of a payout, for which city it was paid.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: Who owned the vehicle at the end of the ride. NULL: the account was deleted; the entry stays.
    owner_id: Mapped[UUID | None]
    #: ``ride``, ``refund``, ``payout``, ``payout_reversal`` or ``write_off``.
    kind: Mapped[str] = mapped_column(String(24))
    #: ISO 4217 code.
    currency: Mapped[str] = mapped_column(String(3))
    #: Minor units; positive: the balance of the owner grows.
    amount: Mapped[int] = mapped_column(BigInteger)
    #: The price without tax that the share is of, minor units; of a refund negative. NULL: the
    #: entry is not about a ride.
    net_price: Mapped[int | None] = mapped_column(BigInteger)
    #: The share at that time, in hundredths of a percent. NULL: the entry is not about a ride.
    basis_points: Mapped[int | None] = mapped_column(BigInteger)
    #: The ride. NULL: the entry is not about one.
    ride_id: Mapped[UUID | None]
    #: The vehicle of the ride. NULL: the entry is not about a ride.
    vehicle_id: Mapped[UUID | None]
    #: The first day of the month in which it was recorded, by the clocks of the city.
    month: Mapped[date] = mapped_column(Date)
    #: The payout that a reversal takes back. NULL: the entry is none.
    reversed_entry_id: Mapped[UUID | None]
    #: Of a payout: how the bank's statement names it; of a reversal: why. The owner reads it.
    note: Mapped[str] = mapped_column(String(MAX_NOTE_LENGTH), server_default="")
    #: When it was recorded.
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class OwnerMonth(Base):
    """A shard of the sums of an owner's entries in a city and month. The statement that writes an
    entry changes it too, so that a balance and a year are few rows, however many rides."""

    __tablename__ = "owner_months"
    __table_args__ = (
        #: The months of an owner. Not the primary key: a row that meets another one when its city
        #: moves gets another shard (webapp/regions/moving.py).
        Index(
            "uq_owner_months_part",
            "region",
            "owner_id",
            "city",
            "month",
            "part",
            unique=True,
        ),
        {"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "months of owners"}},
    )

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made by the statement that writes it.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: The owner.
    owner_id: Mapped[UUID]
    #: The city.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: Its first day.
    month: Mapped[date] = mapped_column(Date)
    #: Which shard, by the vehicle: from 0 to ``BALANCE_SHARDS`` - 1.
    part: Mapped[int] = mapped_column(BigInteger, server_default=RANDOM_SHARD)
    #: ISO 4217 code.
    currency: Mapped[str] = mapped_column(String(3))
    #: How many rides.
    rides: Mapped[int] = mapped_column(BigInteger)
    #: The sum of their ``net_price``, minor units.
    net_price: Mapped[int] = mapped_column(BigInteger)
    #: What was earned, less what refunds took back, minor units.
    earned: Mapped[int] = mapped_column(BigInteger)
    #: What was paid out, minor units.
    paid: Mapped[int] = mapped_column(BigInteger)
