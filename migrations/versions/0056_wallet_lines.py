"""The books: what each entry did to each account."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.create_table(
        "wallet_lines",
        sa.Column("region", Region, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(length=24), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "account IN ('rider', 'revenue', 'tax', 'provider', 'promotions')",
            name=op.f("ck_wallet_lines_account"),
        ),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_wallet_lines_amount")),
        sa.ForeignKeyConstraint(
            ["region", "entry_id"],
            ["wallet_entries.region", "wallet_entries.id"],
            name=op.f("fk_wallet_lines_wallet_entries_region"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "entry_id", "account", name=op.f("pk_wallet_lines")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("wallet_lines", if_exists=True)
