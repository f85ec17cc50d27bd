"""Find what a rider has reported."""

from alembic import op

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.create_index(
        "ix_reports_reporter",
        "reports",
        ["reporter_region", "reporter_id", "created_at", "id"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_reports_reporter", table_name="reports", if_exists=True)
