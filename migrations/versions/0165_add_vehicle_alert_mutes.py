"""Add vehicle_alert_mutes: alerts that do not count a vehicle for some time."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0165"
down_revision = "0164"


def upgrade() -> None:
    op.create_table(
        "vehicle_alert_mutes",
        sa.Column("region", Region, nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint(
            "region", "vehicle_id", "kind", name=op.f("pk_vehicle_alert_mutes")
        ),
        sa.ForeignKeyConstraint(
            ["region", "vehicle_id"],
            ["vehicles.region", "vehicles.id"],
            name=op.f("fk_vehicle_alert_mutes_vehicles_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("vehicle_alert_mutes", if_exists=True)
