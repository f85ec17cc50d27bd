"""The books: double entry, append-only, in integer minor units."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    String,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey
from webapp.db.types import REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.riders.wallet.enums import Account, EntryKind, PaymentState


class WalletEntry(Base):
    """Something that moved money between accounts, in the region of its rider.

    Never changed. When the account goes, ``rider_id`` is taken out, and the books still balance.
    """

    __tablename__ = "wallet_entries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "rider_id"], ["users.region", "users.id"], onupdate="CASCADE"
        ),
        CheckConstraint(one_of("kind", EntryKind), name="kind"),
        Index("ix_wallet_entries_rider", "region", "rider_id", "at", "id"),
        Index(
            "uq_wallet_entries_ride",
            "region",
            "ride_id",
            unique=True,
            postgresql_where=text("kind = 'ride'"),
        ),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Follows from the cause (a ride, a payment, a form), so that nothing is written twice.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    rider_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(24))
    #: ISO 4217.
    currency: Mapped[str] = mapped_column(String(3))
    #: The ride that is charged or refunded, in whatever region it is; its page finds it by its id.
    ride_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)


class WalletLine(Base):
    """What one entry does to one account. The amounts of an entry add up to nought."""

    __tablename__ = "wallet_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "entry_id"],
            ["wallet_entries.region", "wallet_entries.id"],
            onupdate="CASCADE",
        ),
        CheckConstraint(one_of("account", Account), name="account"),
        CheckConstraint("amount <> 0", name="amount"),
        # With the amount in it: adding up reads nothing else.
        Index(
            "ix_wallet_lines_rider",
            "region",
            "rider_id",
            "currency",
            postgresql_include=["amount"],
        ),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: Whose, in account ``rider``; else None.
    rider_id: Mapped[UUID | None]
    currency: Mapped[str] = mapped_column(String(3))
    #: Minor units; what an account gets is above nought, what it gives below.
    amount: Mapped[int]


class Payment(Base):
    """A rider pays money in, at the provider; in the rider's region. No card ever comes here."""

    __tablename__ = "payments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "rider_id"], ["users.region", "users.id"], onupdate="CASCADE"
        ),
        CheckConstraint(one_of("state", PaymentState), name="state"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("paid_back BETWEEN 0 AND amount", name="paid_back"),
        Index("ix_payments_rider", "region", "rider_id", "created_at", "id"),
        Index("ix_payments_state", "region", "state", "created_at"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    rider_id: Mapped[UUID | None]
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[int]
    state: Mapped[str] = mapped_column(String(24), default=PaymentState.BEGUN)
    #: The provider's name, and what it knows this payment by.
    provider: Mapped[str] = mapped_column(String(24))
    reference: Mapped[str] = mapped_column(String(200), default="")
    #: Of the amount, what is booked to go back to the rider's card; on its way in state ``begun``.
    paid_back: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When it became known that the money has come in, or never will.
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @property
    def is_going_back(self) -> bool:
        """Whether ``paid_back`` is booked, and the provider has not confirmed it yet."""
        return self.state == PaymentState.BEGUN and self.settled_at is not None

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)
