"""Add cities.labels: the names of a city by language."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0320"
down_revision = "0319"


def upgrade() -> None:
    op.add_column(
        "cities",
        sa.Column("labels", JSONB(), server_default="{}", nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("cities", "labels", if_exists=True)
