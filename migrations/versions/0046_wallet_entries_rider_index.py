"""Find what moved a rider's money."""

from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    op.create_index(
        "ix_wallet_entries_rider",
        "wallet_entries",
        ["region", "rider_id", "at", "id"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_wallet_entries_rider", table_name="wallet_entries", if_exists=True)
