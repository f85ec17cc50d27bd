"""Find the disputes that wait."""

from alembic import op

revision = "0059"
down_revision = "0058"


def upgrade() -> None:
    op.create_index(
        "ix_disputes_queue",
        "disputes",
        ["region", "city", "state", "changed_at", "ride_id"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_disputes_queue", table_name="disputes", if_exists=True)
