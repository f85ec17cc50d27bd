"""Vehicles that riders want to find again."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    op.create_table(
        "saved_vehicles",
        sa.Column("region", Region, nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("rider_region", Region, nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column(
            "saved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("waiting_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["region", "vehicle_id"],
            ["vehicles.region", "vehicles.id"],
            name=op.f("fk_saved_vehicles_vehicles_region"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["rider_region", "rider_id"],
            ["users.region", "users.id"],
            name=op.f("fk_saved_vehicles_users_rider_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "region", "vehicle_id", "rider_region", "rider_id", name=op.f("pk_saved_vehicles")
        ),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("saved_vehicles", if_exists=True)
