"""Find the tasks of a city that somebody began in some time: its numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0244"
down_revision = "0243"


def upgrade() -> None:
    op.create_index(
        "ix_tasks_started",
        "tasks",
        ["region", "city", "started_at"],
        postgresql_where=sa.text("started_at IS NOT NULL"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_tasks_started", "tasks", if_exists=True)
