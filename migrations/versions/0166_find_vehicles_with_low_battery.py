"""Find the vehicles on the street whose battery is low."""

import sqlalchemy as sa
from alembic import op

revision = "0166"
down_revision = "0165"


def upgrade() -> None:
    op.create_index(
        "ix_vehicles_low_battery",
        "vehicles",
        ["region", "city", "battery_percent", "id"],
        postgresql_where=sa.text(
            "battery_percent < 50 AND state IN ('available', 'reserved', 'non_operational')"
        ),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_vehicles_low_battery", "vehicles", if_exists=True)
