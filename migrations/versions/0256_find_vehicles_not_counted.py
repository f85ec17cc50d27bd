"""Find the vehicles that vehicle_counts counts as something else than they are: at first all."""

import sqlalchemy as sa
from alembic import op

revision = "0256"
down_revision = "0255"


def upgrade() -> None:
    op.create_index(
        "ix_vehicles_not_counted",
        "vehicles",
        ["region", "city", "state", "form_factor", "counted_as", "picked_up_at", "id"],
        postgresql_where=sa.text(
            "CASE WHEN counted_as IS DISTINCT FROM CASE WHEN state = 'removed' AND picked_up_at IS NULL"
            " THEN NULL ELSE state || ' ' || form_factor END THEN 1 ELSE 0 END = 1"
        ),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_vehicles_not_counted", "vehicles", if_exists=True)
