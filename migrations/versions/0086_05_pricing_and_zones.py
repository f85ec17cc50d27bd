"""Pricing plans and zones: what rides cost in a city, and where they may go and end."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db.types import GLOBAL

revision = "0086_05"
down_revision = "0086_04"

TIMESTAMP = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "pricing_plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("form_factor", sa.String(24), nullable=False),
        sa.Column("propulsion_type", sa.String(24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("unlock_fee", sa.Integer(), nullable=False),
        sa.Column("segments", postgresql.JSONB(), nullable=False),
        sa.Column("reserve_min", sa.Integer(), nullable=False),
        sa.Column("reservation_rate", sa.Integer(), nullable=False),
        sa.Column("reserve_max_min", sa.Integer(), nullable=False),
        sa.Column("daily_cap", sa.Integer()),
        sa.Column("parking_fee", sa.Integer()),
        sa.Column("tax_ppm", sa.Integer(), nullable=False),
        sa.Column("tax_included", sa.Boolean(), nullable=False),
        sa.Column("published_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricing_plans")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_pricing_plans_cities_city")
        ),
        # The current version of each plan of a city, and its history; of two who publish the
        # same version at once, one is refused.
        sa.UniqueConstraint(
            "city", "form_factor", "propulsion_type", "version", name="uq_pricing_plans_version"
        ),
        sa.CheckConstraint("unlock_fee >= 0", name=op.f("ck_pricing_plans_unlock_fee")),
        sa.CheckConstraint("daily_cap >= 0", name=op.f("ck_pricing_plans_daily_cap")),
        sa.CheckConstraint("parking_fee >= 0", name=op.f("ck_pricing_plans_parking_fee")),
        sa.CheckConstraint("reserve_min >= 0", name=op.f("ck_pricing_plans_reserve_min")),
        sa.CheckConstraint(
            "reserve_max_min >= reserve_min", name=op.f("ck_pricing_plans_reserve_max_min")
        ),
        sa.CheckConstraint("reservation_rate >= 0", name=op.f("ck_pricing_plans_reservation_rate")),
        sa.CheckConstraint("tax_ppm BETWEEN 0 AND 1000000", name=op.f("ck_pricing_plans_tax_ppm")),
        info=GLOBAL,
        if_not_exists=True,
    )
    op.create_table(
        "zones",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("coordinates", postgresql.JSONB(), nullable=False),
        sa.Column("fee", sa.Integer()),
        sa.Column("max_speed_kph", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zones")),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_zones_cities_city")),
        sa.CheckConstraint(
            "kind IN ('service_area', 'no_parking', 'no_ride', 'slow')", name=op.f("ck_zones_kind")
        ),
        sa.CheckConstraint("fee >= 0", name=op.f("ck_zones_fee")),
        sa.CheckConstraint("max_speed_kph > 0", name=op.f("ck_zones_max_speed_kph")),
        # The zones of a city, in order of precedence.
        sa.Index("ix_zones_city", "city", "position"),
        info=GLOBAL,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("zones", if_exists=True)
    op.drop_table("pricing_plans", if_exists=True)
