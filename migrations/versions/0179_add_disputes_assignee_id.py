"""Add disputes.assignee_id: the staff who has a dispute."""

import sqlalchemy as sa
from alembic import op

revision = "0179"
down_revision = "0178"


def upgrade() -> None:
    op.add_column("disputes", sa.Column("assignee_id", sa.Uuid()), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("disputes", "assignee_id", if_exists=True)
