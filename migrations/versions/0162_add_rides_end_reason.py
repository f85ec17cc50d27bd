"""Add rides.end_reason: why staff ended a ride."""

import sqlalchemy as sa
from alembic import op

revision = "0162"
down_revision = "0161"


def upgrade() -> None:
    op.add_column("rides", sa.Column("end_reason", sa.String(24)), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("rides", "end_reason", if_exists=True)
