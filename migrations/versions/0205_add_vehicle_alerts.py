"""Add vehicle_alerts: alerts about vehicles that a job finds."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0205"
down_revision = "0204"


def upgrade() -> None:
    op.create_table(
        "vehicle_alerts",
        sa.Column("region", Region, nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column(
            "since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("region", "vehicle_id", "kind", name=op.f("pk_vehicle_alerts")),
        sa.ForeignKeyConstraint(
            ["region", "vehicle_id"],
            ["vehicles.region", "vehicles.id"],
            name=op.f("fk_vehicle_alerts_vehicles_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_vehicle_alerts_cities_city")
        ),
        sa.Index("ix_vehicle_alerts_value", "region", "city", "kind", "value", "vehicle_id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("vehicle_alerts", if_exists=True)
