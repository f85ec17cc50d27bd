"""Find the first credit of a rider."""

import sqlalchemy as sa
from alembic import op

revision = "0123"
down_revision = "0122"


def upgrade() -> None:
    op.create_index(
        "ix_wallet_entries_credit",
        "wallet_entries",
        ["region", "rider_id", "at"],
        postgresql_where=sa.text("kind = 'credit'"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_wallet_entries_credit", "wallet_entries", if_exists=True)
