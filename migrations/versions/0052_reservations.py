"""The vehicle that a rider holds."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.create_table(
        "reservations",
        sa.Column("region", Region, nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vehicle_region", Region, nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["pricing_plans.id"], name=op.f("fk_reservations_pricing_plans_plan_id")
        ),
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
        sa.PrimaryKeyConstraint("region", "rider_id", name=op.f("pk_reservations")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("reservations", if_exists=True)
