"""Add reports.assignee_region: the region of the staff who has a report."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0172"
down_revision = "0171"


def upgrade() -> None:
    op.add_column("reports", sa.Column("assignee_region", Region), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("reports", "assignee_region", if_exists=True)
