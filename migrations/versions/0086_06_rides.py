"""Rides, the one open ride of each rider, and the paths of rides."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0086_06"
down_revision = "0086_05"

TIMESTAMP = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "rides",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("rider_region", Region),
        sa.Column("rider_id", sa.Uuid()),
        sa.Column("started_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.Column("start_address", sa.String(200)),
        sa.Column("start_lat", sa.Float()),
        sa.Column("start_lon", sa.Float()),
        sa.Column("ended_at", TIMESTAMP),
        sa.Column("end_address", sa.String(200)),
        sa.Column("end_lat", sa.Float()),
        sa.Column("end_lon", sa.Float()),
        sa.Column("plan_id", sa.Uuid()),
        sa.Column("paused_at", TIMESTAMP),
        sa.Column("paused_s", sa.Integer(), server_default="0", nullable=False),
        sa.Column("distance_m", sa.Integer()),
        sa.Column("price", sa.Integer()),
        sa.Column("currency", sa.String(3)),
        sa.Column("price_lines", postgresql.JSONB()),
        sa.Column("rating", sa.Integer()),
        sa.Column("rating_note", sa.String(280)),
        sa.Column("reminded_at", TIMESTAMP),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_rides")),
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
        sa.ForeignKeyConstraint(
            ["plan_id"], ["pricing_plans.id"], name=op.f("fk_rides_pricing_plans_plan_id")
        ),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_rides_order")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_rides_price")),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_rides_rating")),
        # A vehicle has one open ride at most: of two who start at once, one is refused.
        sa.Index(
            "uq_rides_open_vehicle",
            "region",
            "vehicle_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        # The open rides of a city, longest first: the page for staff, and reminders to riders.
        sa.Index(
            "ix_rides_open",
            "region",
            "city",
            "started_at",
            "id",
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        # The rides of a vehicle: its rating, and its move to another region.
        sa.Index("ix_rides_vehicle", "region", "vehicle_id"),
        # The rides of a rider, in all regions, newest first.
        sa.Index("ix_rides_rider", "rider_region", "rider_id", "started_at", "id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    op.create_table(
        "open_rides",
        sa.Column("region", Region, nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("ride_region", Region, nullable=False),
        sa.Column("ride_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", TIMESTAMP, nullable=False),
        # A rider has one open ride at most, in whatever region it is.
        sa.PrimaryKeyConstraint("region", "rider_id", name=op.f("pk_open_rides")),
        sa.ForeignKeyConstraint(
            ["region", "rider_id"],
            ["users.region", "users.id"],
            name=op.f("fk_open_rides_users_region"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ride_region", "ride_id"],
            ["rides.region", "rides.id"],
            name=op.f("fk_open_rides_rides_ride_region"),
            onupdate="CASCADE",
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    op.create_table(
        "ride_paths",
        sa.Column("region", Region, nullable=False),
        sa.Column("ride_id", sa.Uuid(), nullable=False),
        sa.Column("points", postgresql.JSONB(), nullable=False),
        sa.Column("changed_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("region", "ride_id", name=op.f("pk_ride_paths")),
        sa.ForeignKeyConstraint(
            ["region", "ride_id"],
            ["rides.region", "rides.id"],
            name=op.f("fk_ride_paths_rides_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        # `flask sweep` deletes old paths.
        sa.Index("ix_ride_paths_changed", "region", "changed_at"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("ride_paths", if_exists=True)
    op.drop_table("open_rides", if_exists=True)
    op.drop_table("rides", if_exists=True)
