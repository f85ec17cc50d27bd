"""Find what staff did in a city. Partial: what riders do, which is most, pays nothing for it."""

import sqlalchemy as sa
from alembic import op

revision = "0222"
down_revision = "0221"


def upgrade() -> None:
    op.create_index(
        "ix_events_city",
        "events",
        ["region", "city", "at", "id"],
        postgresql_where=sa.text("city IS NOT NULL"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_events_city", "events", if_exists=True)
