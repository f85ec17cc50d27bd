"""The wallet: a ledger with double entry, and payments from and to riders."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0086_08"
down_revision = "0086_07"

TIMESTAMP = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "wallet_entries",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid()),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("ride_id", sa.Uuid()),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_wallet_entries")),
        # No ON DELETE: the ledger is kept. Deleting an account sets rider_id to NULL first.
        sa.ForeignKeyConstraint(
            ["region", "rider_id"],
            ["users.region", "users.id"],
            name=op.f("fk_wallet_entries_users_region"),
            onupdate="CASCADE",
        ),
        sa.CheckConstraint(
            "kind IN ('ride', 'hold', 'top_up', 'payout', 'refund', 'credit')",
            name=op.f("ck_wallet_entries_kind"),
        ),
        # The entries of a rider, newest first.
        sa.Index("ix_wallet_entries_rider", "region", "rider_id", "at", "id"),
        # A ride is charged once.
        sa.Index(
            "uq_wallet_entries_ride",
            "region",
            "ride_id",
            unique=True,
            postgresql_where=sa.text("kind = 'ride'"),
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    op.create_table(
        "wallet_lines",
        sa.Column("region", Region, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(24), nullable=False),
        sa.Column("rider_id", sa.Uuid()),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("region", "entry_id", "account", name=op.f("pk_wallet_lines")),
        sa.ForeignKeyConstraint(
            ["region", "entry_id"],
            ["wallet_entries.region", "wallet_entries.id"],
            name=op.f("fk_wallet_lines_wallet_entries_region"),
            onupdate="CASCADE",
        ),
        sa.CheckConstraint(
            "account IN ('rider', 'revenue', 'tax', 'provider', 'promotions')",
            name=op.f("ck_wallet_lines_account"),
        ),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_wallet_lines_amount")),
        # The balance of a rider. With the amount in it: the sum reads nothing but the index.
        sa.Index(
            "ix_wallet_lines_rider",
            "region",
            "rider_id",
            "currency",
            postgresql_include=["amount"],
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    op.create_table(
        "payments",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid()),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("provider", sa.String(24), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("paid_back", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.Column("settled_at", TIMESTAMP),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_payments")),
        sa.ForeignKeyConstraint(
            ["region", "rider_id"],
            ["users.region", "users.id"],
            name=op.f("fk_payments_users_region"),
            onupdate="CASCADE",
        ),
        sa.CheckConstraint("state IN ('begun', 'paid', 'failed')", name=op.f("ck_payments_state")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.CheckConstraint("paid_back BETWEEN 0 AND amount", name=op.f("ck_payments_paid_back")),
        # The payments of a rider, newest first.
        sa.Index("ix_payments_rider", "region", "rider_id", "created_at", "id"),
        # Payments that are not settled, oldest first: the provider is asked what became of them.
        sa.Index("ix_payments_state", "region", "state", "created_at"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("payments", if_exists=True)
    op.drop_table("wallet_lines", if_exists=True)
    op.drop_table("wallet_entries", if_exists=True)
