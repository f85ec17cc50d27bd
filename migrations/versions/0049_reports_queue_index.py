"""Find the reports that wait."""

from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.create_index(
        "ix_reports_queue",
        "reports",
        ["region", "city", "state", "created_at", "id"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_reports_queue", table_name="reports", if_exists=True)
