"""Find the jobs that failed."""

import sqlalchemy as sa
from alembic import op

revision = "0120"
down_revision = "0119"


def upgrade() -> None:
    op.create_index(
        "ix_jobs_failed",
        "jobs",
        ["region", "failed_at", "id"],
        postgresql_where=sa.text("failed_at IS NOT NULL"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_jobs_failed", "jobs", if_exists=True)
