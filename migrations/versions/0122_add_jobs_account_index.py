"""Find the jobs that wait for an account."""

import sqlalchemy as sa
from alembic import op

revision = "0122"
down_revision = "0121"


def upgrade() -> None:
    op.create_index(
        "ix_jobs_account",
        "jobs",
        ["region", "account_id"],
        postgresql_where=sa.text("account_id IS NOT NULL"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_jobs_account", "jobs", if_exists=True)
