"""Find the events of a city that were recorded later than they happened."""

import sqlalchemy as sa
from alembic import op

revision = "0191"
down_revision = "0190"


def upgrade() -> None:
    op.create_index(
        "ix_vehicle_events_late",
        "vehicle_events",
        ["region", "city", "recorded_at"],
        postgresql_where=sa.text("recorded_at > occurred_at"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_vehicle_events_late", "vehicle_events", if_exists=True)
