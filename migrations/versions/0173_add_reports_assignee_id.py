"""Add reports.assignee_id: the staff who has a report."""

import sqlalchemy as sa
from alembic import op

revision = "0173"
down_revision = "0172"


def upgrade() -> None:
    op.add_column("reports", sa.Column("assignee_id", sa.Uuid()), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("reports", "assignee_id", if_exists=True)
