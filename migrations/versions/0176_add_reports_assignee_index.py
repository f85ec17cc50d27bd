"""Find what is assigned to somebody: reports."""

from alembic import op

revision = "0176"
down_revision = "0175"


def upgrade() -> None:
    op.create_index(
        "ix_reports_assignee",
        "reports",
        ["region", "assignee_region", "assignee_id", "city", "state", "created_at", "id"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_reports_assignee", "reports", if_exists=True)
