"""Rides."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "rides",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(length=64), nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("rider_region", Region, nullable=True),
        sa.Column("rider_id", sa.Uuid(), nullable=True),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("start_address", sa.String(length=200), nullable=True),
        sa.Column("start_lat", sa.Float(), nullable=True),
        sa.Column("start_lon", sa.Float(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_address", sa.String(length=200), nullable=True),
        sa.Column("end_lat", sa.Float(), nullable=True),
        sa.Column("end_lon", sa.Float(), nullable=True),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_rides_order")),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_rides_cities_city")),
        sa.ForeignKeyConstraint(
            ["region", "vehicle_id"],
            ["vehicles.region", "vehicles.id"],
            name=op.f("fk_rides_vehicles_region"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["rider_region", "rider_id"],
            ["users.region", "users.id"],
            name=op.f("fk_rides_users_rider_region"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_rides")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("rides", if_exists=True)
