"""Vehicles, and the vehicles and places that riders save."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0086_04"
down_revision = "0086_03"

TIMESTAMP = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "vehicles",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("owner_region", Region),
        sa.Column("owner_id", sa.Uuid()),
        sa.Column("form_factor", sa.String(24), nullable=False),
        sa.Column("propulsion_type", sa.String(24), nullable=False),
        sa.Column("brand", sa.String(60), nullable=False),
        sa.Column("color", sa.String(30), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("address", sa.String(200)),
        sa.Column("lat", sa.Float()),
        sa.Column("lon", sa.Float()),
        sa.Column("cell", sa.Integer()),
        sa.Column("range_m", sa.Integer()),
        sa.Column("feed_system", sa.String(120)),
        sa.Column("feed_vehicle", sa.String(120)),
        sa.Column("created_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.Column(
            "public_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False
        ),
        sa.Column(
            "code",
            sa.String(10),
            server_default=sa.text(
                "translate(substr(md5(gen_random_uuid()::text), 1, 10),"
                " '0123456789abcdef', '23456789ACDEHKMX')"
            ),
            nullable=False,
        ),
        sa.Column("reserved_until", TIMESTAMP),
        sa.Column("changed_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.Column(
            "words",
            postgresql.ARRAY(sa.String()),
            sa.Computed(
                "string_to_array(lower(replace(brand || ' ' || color || ' '"
                " || coalesce(address, ''), ',', ' ')), ' ')",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_vehicles")),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_vehicles_cities_city")),
        sa.ForeignKeyConstraint(
            ["owner_region", "owner_id"],
            ["users.region", "users.id"],
            name=op.f("fk_vehicles_users_owner_region"),
            onupdate="CASCADE",
            ondelete="SET NULL",
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
        # An import finds the vehicles that it has imported before.
        sa.UniqueConstraint(
            "region", "city", "feed_system", "feed_vehicle", name="uq_vehicles_feed"
        ),
        # The list of a city's free vehicles, newest first.
        sa.Index("ix_vehicles_newest", "region", "city", "state", "created_at", "id"),
        # The same list for one type of vehicle.
        sa.Index(
            "ix_vehicles_newest_of_type",
            "region",
            "city",
            "state",
            "form_factor",
            "created_at",
            "id",
        ),
        # The vehicles around a point, and those in the window of a map, by cells of a grid.
        sa.Index("ix_vehicles_cell", "region", "city", "state", "cell"),
        # A map that is open asks for what has changed since its last request.
        sa.Index("ix_vehicles_changed", "region", "city", "changed_at"),
        # Search by words of brand, colour and address.
        sa.Index("ix_vehicles_words", "words", postgresql_using="gin"),
        # The vehicles of an owner, in all regions; deleting or moving the owner's account.
        sa.Index("ix_vehicles_owner", "owner_region", "owner_id"),
        # Pages of a vehicle by its public address.
        sa.Index("uq_vehicles_public_id", "region", "public_id", unique=True),
        # The code on the vehicle, scanned or typed without a region; unique in the world.
        sa.Index("uq_vehicles_code", "code", unique=True),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    op.create_table(
        "saved_vehicles",
        sa.Column("region", Region, nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("rider_region", Region, nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("saved_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.Column("waiting_at", TIMESTAMP),
        # Leads with the vehicle: the end of a ride asks who waits for the vehicle.
        sa.PrimaryKeyConstraint(
            "region", "vehicle_id", "rider_region", "rider_id", name=op.f("pk_saved_vehicles")
        ),
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
        # The vehicles that a rider has saved, in all regions, latest first.
        sa.Index("ix_saved_vehicles_rider", "rider_region", "rider_id", "saved_at", "vehicle_id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    op.create_table(
        "saved_places",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("created_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_saved_places")),
        sa.ForeignKeyConstraint(
            ["region", "rider_id"],
            ["users.region", "users.id"],
            name=op.f("fk_saved_places_users_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name=op.f("ck_saved_places_lat")),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name=op.f("ck_saved_places_lon")),
        # The places of a rider, in the order in which they were saved.
        sa.Index("ix_saved_places_rider", "region", "rider_id", "created_at"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("saved_places", if_exists=True)
    op.drop_table("saved_vehicles", if_exists=True)
    op.drop_table("vehicles", if_exists=True)
