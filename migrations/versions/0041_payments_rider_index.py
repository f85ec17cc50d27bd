"""Find a rider's payments."""

from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.create_index(
        "ix_payments_rider",
        "payments",
        ["region", "rider_id", "created_at", "id"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_payments_rider", table_name="payments", if_exists=True)
