"""Vehicles."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "vehicles",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(length=64), nullable=False),
        sa.Column("owner_region", Region, nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("form_factor", sa.String(length=24), nullable=False),
        sa.Column("propulsion_type", sa.String(length=24), nullable=False),
        sa.Column("brand", sa.String(length=60), nullable=False),
        sa.Column("color", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("cell", sa.Integer(), nullable=True),
        sa.Column("range_m", sa.Integer(), nullable=True),
        sa.Column("feed_system", sa.String(length=120), nullable=True),
        sa.Column("feed_vehicle", sa.String(length=120), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "form_factor IN ('bicycle', 'cargo_bicycle', 'car', 'moped', 'scooter_standing', 'scooter_seated', 'other')",
            name=op.f("ck_vehicles_form_factor"),
        ),
        sa.CheckConstraint(
            "propulsion_type IN ('human', 'electric_assist', 'electric', 'combustion', 'combustion_diesel', 'hybrid', 'plug_in_hybrid', 'hydrogen_fuel_cell')",
            name=op.f("ck_vehicles_propulsion_type"),
        ),
        sa.CheckConstraint(
            "state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing')",
            name=op.f("ck_vehicles_state"),
        ),
        sa.CheckConstraint("(lat IS NULL) = (lon IS NULL)", name=op.f("ck_vehicles_point")),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name=op.f("ck_vehicles_lat")),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name=op.f("ck_vehicles_lon")),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_vehicles_cities_city")),
        sa.ForeignKeyConstraint(
            ["owner_region", "owner_id"],
            ["users.region", "users.id"],
            name=op.f("fk_vehicles_users_owner_region"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_vehicles")),
        sa.UniqueConstraint(
            "region", "city", "feed_system", "feed_vehicle", name="uq_vehicles_feed"
        ),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("vehicles", if_exists=True)
