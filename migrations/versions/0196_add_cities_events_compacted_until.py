"""Add cities.events_compacted_until: until when the events of a city's vehicles are compacted."""

import sqlalchemy as sa
from alembic import op

revision = "0196"
down_revision = "0195"


def upgrade() -> None:
    op.add_column(
        "cities",
        sa.Column("events_compacted_until", sa.DateTime(timezone=True)),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("cities", "events_compacted_until", if_exists=True)
