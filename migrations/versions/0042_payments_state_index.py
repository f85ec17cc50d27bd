"""Find payments that were never settled."""

from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.create_index(
        "ix_payments_state", "payments", ["region", "state", "created_at"], if_not_exists=True
    )


def downgrade() -> None:
    op.drop_index("ix_payments_state", table_name="payments", if_exists=True)
