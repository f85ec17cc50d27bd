"""Find the ledger entries of a region by their time: the general ledger."""

from alembic import op

revision = "0271"
down_revision = "0270"


def upgrade() -> None:
    op.create_index(
        "ix_wallet_entries_at", "wallet_entries", ["region", "at", "id"], if_not_exists=True
    )


def downgrade() -> None:
    op.drop_index("ix_wallet_entries_at", "wallet_entries", if_exists=True)
