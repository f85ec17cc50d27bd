"""Find the jobs that a worker takes next."""

import sqlalchemy as sa
from alembic import op

revision = "0119"
down_revision = "0118"


def upgrade() -> None:
    op.create_index(
        "ix_jobs_due",
        "jobs",
        ["region", "priority", "due_at"],
        postgresql_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_jobs_due", "jobs", if_exists=True)
