"""Add disputes.assignee_region: the region of the staff who has a dispute."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0178"
down_revision = "0177"


def upgrade() -> None:
    op.add_column("disputes", sa.Column("assignee_region", Region), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("disputes", "assignee_region", if_exists=True)
