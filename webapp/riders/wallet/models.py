"""The ledger: double entry, append-only, in integer minor units; and payments."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    String,
    false,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey, parent_foreign_key
from webapp.db.types import ON_REGION_DROP, REGIONAL_BY_ROW, OnRegionDrop, Region, one_of
from webapp.extensions import Base
from webapp.riders.wallet.enums import EntryKind, LedgerAccount, PaymentState


class WalletEntry(Base):
    """An entry of the ledger, which moves money between accounts; in the region of its rider.

    Never changed. When the rider's account is deleted, ``rider_id`` becomes NULL, and the ledger
    still balances.
    """

    __tablename__ = "wallet_entries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "rider_id"], ["users.region", "users.id"], onupdate="CASCADE"
        ),
        CheckConstraint(one_of("kind", EntryKind), name="kind"),
        #: The entries of a rider, newest first.
        Index("ix_wallet_entries_rider", "region", "rider_id", "at", "id"),
        #: The entries of all riders by their time: the general ledger.
        Index("ix_wallet_entries_at", "region", "at", "id"),
        #: The first credit of a rider: only from then on are a rider's own money and credit apart.
        Index(
            "ix_wallet_entries_credit",
            "region",
            "rider_id",
            "at",
            postgresql_where=text("kind = 'credit'"),
        ),
        #: A ride is charged once.
        Index(
            "uq_wallet_entries_ride",
            "region",
            "ride_id",
            unique=True,
            postgresql_where=text("kind = 'ride'"),
        ),
        {"info": {**REGIONAL_BY_ROW, ON_REGION_DROP: OnRegionDrop.MOVE_WITHOUT_RIDER}},
    )

    #: Region of the rider.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Follows from the cause (a ride, a payment, a form): the same cause is recorded once.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: The rider. NULL: the account was deleted; the entry stays.
    rider_id: Mapped[UUID | None]
    #: ``ride``, ``hold``, ``top_up``, ``payout``, ``refund`` or ``credit``.
    kind: Mapped[str] = mapped_column(String(24))
    #: ISO 4217 code.
    currency: Mapped[str] = mapped_column(String(3))
    #: The ride that is charged or refunded, in any region. NULL: the entry is not about a ride.
    ride_id: Mapped[UUID | None]
    #: Reason, written by staff; the rider sees it.
    note: Mapped[str] = mapped_column(String(200), default="")
    #: When it was recorded.
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class WalletLine(Base):
    """What one entry does to one account. The amounts of an entry add up to zero."""

    __tablename__ = "wallet_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "entry_id"],
            ["wallet_entries.region", "wallet_entries.id"],
            onupdate="CASCADE",
        ),
        CheckConstraint(one_of("account", LedgerAccount), name="account"),
        CheckConstraint("amount <> 0", name="amount"),
        #: The balance of a rider. With the amount in it: the sum reads nothing but the index.
        Index(
            "ix_wallet_lines_rider",
            "region",
            "rider_id",
            "currency",
            postgresql_include=["amount"],
        ),
        #: The amounts that an older release wrote and that no balance has yet: all of a rider,
        #: until the command has added them. So the sum reads nothing but the index here, too.
        Index(
            "ix_wallet_lines_not_in_balance",
            "region",
            "rider_id",
            "currency",
            postgresql_include=["amount"],
            postgresql_where=text("rider_id IS NOT NULL AND NOT in_balance"),
        ),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the rider.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The entry that the line belongs to.
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: ``rider``, ``revenue``, ``tax``, ``provider`` or ``promotions``.
    account: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: The rider, in account ``rider``; else NULL.
    rider_id: Mapped[UUID | None]
    #: ISO 4217 code.
    currency: Mapped[str] = mapped_column(String(3))
    #: Minor units: positive for the account that receives, negative for the one that gives.
    amount: Mapped[int] = mapped_column(BigInteger)
    #: Whether the amount is part of the rider's row in ``wallet_balances``. False for the other
    #: accounts, and for lines of releases that kept no balances.
    in_balance: Mapped[bool] = mapped_column(default=False, server_default=false())


class WalletBalance(Base):
    """The sum of a rider's lines that are ``in_balance``, in one currency.

    The statement that writes the lines changes it too. To read a rider's balance is to read one
    row, not all lines of a life.
    """

    __tablename__ = "wallet_balances"
    __table_args__ = (
        parent_foreign_key("users", "rider_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the rider.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The rider.
    rider_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: ISO 4217 code.
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    #: Minor units; negative: the rider owes it.
    amount: Mapped[int] = mapped_column(BigInteger)


class Payment(Base):
    """A top-up of a rider, and its payout; in the rider's region. No card data is stored."""

    __tablename__ = "payments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "rider_id"], ["users.region", "users.id"], onupdate="CASCADE"
        ),
        CheckConstraint(one_of("state", PaymentState), name="state"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("paid_back BETWEEN 0 AND amount", name="paid_back"),
        #: The payments of a rider, newest first.
        Index("ix_payments_rider", "region", "rider_id", "created_at", "id"),
        #: Payments that are not settled, oldest first: the provider is asked what became of them.
        Index("ix_payments_state", "region", "state", "created_at"),
        {"info": {**REGIONAL_BY_ROW, ON_REGION_DROP: OnRegionDrop.MOVE_WITHOUT_RIDER}},
    )

    #: Region of the rider.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made by the application. With the region it is how the provider knows the payment.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: The rider. NULL: the account was deleted; the payment stays.
    rider_id: Mapped[UUID | None]
    #: ISO 4217 code.
    currency: Mapped[str] = mapped_column(String(3))
    #: What the rider pays in, minor units.
    amount: Mapped[int] = mapped_column(BigInteger)
    #: ``begun``, ``paid`` or ``failed``.
    state: Mapped[str] = mapped_column(String(24), default=PaymentState.PENDING)
    #: Name of the payment provider.
    provider: Mapped[str] = mapped_column(String(24))
    #: The provider's identifier of the payment.
    reference: Mapped[str] = mapped_column(String(200), default="")
    #: How much of the amount is recorded as paid out, minor units.
    paid_back: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    #: When the payment began.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When the provider confirmed that the top-up is paid or failed; NULL: not yet.
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @property
    def is_payout_pending(self) -> bool:
        """Whether a payout of ``paid_back`` is recorded that the provider has not confirmed yet."""
        return self.state == PaymentState.PENDING and self.settled_at is not None

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)
