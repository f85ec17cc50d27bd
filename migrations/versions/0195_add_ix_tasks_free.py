"""Find the tasks that nobody has, in the order in which they are listed."""

import sqlalchemy as sa
from alembic import op

revision = "0195"
down_revision = "0194"


def upgrade() -> None:
    op.create_index(
        "ix_tasks_free",
        "tasks",
        ["region", "city", "priority", "created_at", "id"],
        postgresql_where=sa.text("assignee_id IS NULL AND state = 'open'"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_tasks_free", "tasks", if_exists=True)
