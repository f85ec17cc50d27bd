"""Add wallet_balances: what each rider has or owes, kept with the lines of the ledger."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0113"
down_revision = "0112"


def upgrade() -> None:
    op.create_table(
        "wallet_balances",
        sa.Column("region", Region, nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("region", "rider_id", "currency", name=op.f("pk_wallet_balances")),
        # Releases that do not know the table delete and move accounts too.
        sa.ForeignKeyConstraint(
            ["region", "rider_id"],
            ["users.region", "users.id"],
            name=op.f("fk_wallet_balances_users_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("wallet_balances", if_exists=True)
