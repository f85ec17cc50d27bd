"""Add up a rider's balance."""

from alembic import op

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    op.create_index(
        "ix_wallet_lines_rider",
        "wallet_lines",
        ["region", "rider_id", "currency"],
        postgresql_include=["amount"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_wallet_lines_rider", table_name="wallet_lines", if_exists=True)
