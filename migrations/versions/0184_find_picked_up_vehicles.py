"""Find the vehicles that staff have picked up."""

import sqlalchemy as sa
from alembic import op

revision = "0184"
down_revision = "0183"


def upgrade() -> None:
    op.create_index(
        "ix_vehicles_picked_up",
        "vehicles",
        ["region", "city", "state", "form_factor", "public_id"],
        postgresql_where=sa.text("picked_up_at IS NOT NULL"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_vehicles_picked_up", "vehicles", if_exists=True)
