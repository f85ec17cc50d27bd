"""Reservations: the one vehicle that a rider has reserved."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0086_07"
down_revision = "0086_06"

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "reservations",
        sa.Column("region", Region, nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vehicle_region", Region, nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid()),
        sa.Column("reserved_at", TIMESTAMP, nullable=False),
        sa.Column("until", TIMESTAMP, nullable=False),
        # A rider has one reservation at most.
        sa.PrimaryKeyConstraint("region", "rider_id", name=op.f("pk_reservations")),
        sa.ForeignKeyConstraint(
            ["region", "rider_id"],
            ["users.region", "users.id"],
            name=op.f("fk_reservations_users_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["vehicle_region", "vehicle_id"],
            ["vehicles.region", "vehicles.id"],
            name=op.f("fk_reservations_vehicles_vehicle_region"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["pricing_plans.id"], name=op.f("fk_reservations_pricing_plans_plan_id")
        ),
        # The move of a vehicle to another region finds the reservations that name it.
        sa.Index("ix_reservations_vehicle", "vehicle_region", "vehicle_id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("reservations", if_exists=True)
