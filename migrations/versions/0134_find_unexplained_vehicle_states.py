"""Find the vehicles whose state no event explains."""

import sqlalchemy as sa
from alembic import op

revision = "0134"
down_revision = "0133"


def upgrade() -> None:
    op.create_index(
        "ix_vehicles_unexplained",
        "vehicles",
        ["region", "id"],
        postgresql_where=sa.text("event_state IS DISTINCT FROM state"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_vehicles_unexplained", "vehicles", if_exists=True)
