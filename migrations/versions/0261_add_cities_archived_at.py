"""Add cities.archived_at: when a closed city left the lists for the public."""

import sqlalchemy as sa
from alembic import op

revision = "0261"
down_revision = "0260"


def upgrade() -> None:
    op.add_column(
        "cities", sa.Column("archived_at", sa.DateTime(timezone=True)), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("cities", "archived_at", if_exists=True)
