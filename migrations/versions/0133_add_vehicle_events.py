"""Add vehicle_events: each change of a vehicle's state."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0133"
down_revision = "0132"


def upgrade() -> None:
    op.create_table(
        "vehicle_events",
        sa.Column("region", Region, nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column(
            "occurred_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("event_types", ARRAY(sa.String(24)), nullable=False),
        sa.Column("lat", sa.Float()),
        sa.Column("lon", sa.Float()),
        sa.Column("battery_percent", sa.BigInteger()),
        sa.Column("ride_id", sa.Uuid()),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("actor_region", Region),
        sa.Column("actor_id", sa.Uuid()),
        sa.Column("note", sa.String(280), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed',"
            " 'missing')",
            name=op.f("ck_vehicle_events_state"),
        ),
        sa.CheckConstraint(
            "cause IN ('rider', 'owner', 'staff', 'feed', 'time', 'unknown')",
            name=op.f("ck_vehicle_events_cause"),
        ),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_vehicle_events_cities_city")
        ),
        sa.ForeignKeyConstraint(
            ["region", "vehicle_id"],
            ["vehicles.region", "vehicles.id"],
            name=op.f("fk_vehicle_events_vehicles_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["actor_region", "actor_id"],
            ["users.region", "users.id"],
            name=op.f("fk_vehicle_events_users_actor_region"),
            ondelete="SET NULL",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "vehicle_id", "number", name=op.f("pk_vehicle_events")),
        sa.Index("ix_vehicle_events_city", "region", "city", "occurred_at", "vehicle_id", "number"),
        sa.Index(
            "ix_vehicle_events_actor",
            "actor_region",
            "actor_id",
            "occurred_at",
            "vehicle_id",
            "number",
            postgresql_where=sa.text("actor_id IS NOT NULL"),
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("vehicle_events", if_exists=True)
