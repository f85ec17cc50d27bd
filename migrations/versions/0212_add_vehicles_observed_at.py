"""Add vehicles.observed_at: since when place and battery are known."""

import sqlalchemy as sa
from alembic import op

revision = "0212"
down_revision = "0211"


def upgrade() -> None:
    op.add_column(
        "vehicles", sa.Column("observed_at", sa.DateTime(timezone=True)), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("vehicles", "observed_at", if_exists=True)
