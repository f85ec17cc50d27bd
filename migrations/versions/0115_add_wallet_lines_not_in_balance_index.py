"""Find the lines of a rider that are not part of the stored balance yet."""

import sqlalchemy as sa
from alembic import op

revision = "0115"
down_revision = "0114"


def upgrade() -> None:
    op.create_index(
        "ix_wallet_lines_not_in_balance",
        "wallet_lines",
        ["region", "rider_id", "currency"],
        postgresql_include=["amount"],
        postgresql_where=sa.text("rider_id IS NOT NULL AND NOT in_balance"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_wallet_lines_not_in_balance", "wallet_lines", if_exists=True)
