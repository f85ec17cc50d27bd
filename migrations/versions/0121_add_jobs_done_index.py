"""Find the jobs that are done and old."""

import sqlalchemy as sa
from alembic import op

revision = "0121"
down_revision = "0120"


def upgrade() -> None:
    op.create_index(
        "ix_jobs_done",
        "jobs",
        ["region", "done_at"],
        postgresql_where=sa.text("done_at IS NOT NULL"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_jobs_done", "jobs", if_exists=True)
