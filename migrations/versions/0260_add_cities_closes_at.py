"""Add cities.closes_at: from when on no ride starts in a city."""

import sqlalchemy as sa
from alembic import op

revision = "0260"
down_revision = "0259"


def upgrade() -> None:
    op.add_column("cities", sa.Column("closes_at", sa.DateTime(timezone=True)), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("cities", "closes_at", if_exists=True)
