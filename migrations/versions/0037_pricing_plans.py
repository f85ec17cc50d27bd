"""Prices, a plan for each city and type of vehicle."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.create_table(
        "pricing_plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(length=64), nullable=False),
        sa.Column("form_factor", sa.String(length=24), nullable=False),
        sa.Column("propulsion_type", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("unlock_fee", sa.Integer(), nullable=False),
        sa.Column("segments", postgresql.JSONB(), nullable=False),
        sa.Column("reserve_min", sa.Integer(), nullable=False),
        sa.Column("reservation_rate", sa.Integer(), nullable=False),
        sa.Column("reserve_max_min", sa.Integer(), nullable=False),
        sa.Column("daily_cap", sa.Integer(), nullable=True),
        sa.Column("parking_fee", sa.Integer(), nullable=True),
        sa.Column("tax_ppm", sa.Integer(), nullable=False),
        sa.Column("tax_included", sa.Boolean(), nullable=False),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("daily_cap >= 0", name=op.f("ck_pricing_plans_daily_cap")),
        sa.CheckConstraint("parking_fee >= 0", name=op.f("ck_pricing_plans_parking_fee")),
        sa.CheckConstraint("reservation_rate >= 0", name=op.f("ck_pricing_plans_reservation_rate")),
        sa.CheckConstraint(
            "reserve_max_min >= reserve_min", name=op.f("ck_pricing_plans_reserve_max_min")
        ),
        sa.CheckConstraint("reserve_min >= 0", name=op.f("ck_pricing_plans_reserve_min")),
        sa.CheckConstraint("tax_ppm BETWEEN 0 AND 1000000", name=op.f("ck_pricing_plans_tax_ppm")),
        sa.CheckConstraint("unlock_fee >= 0", name=op.f("ck_pricing_plans_unlock_fee")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_pricing_plans_cities_city")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pricing_plans")),
        sa.UniqueConstraint(
            "city", "form_factor", "propulsion_type", "version", name="uq_pricing_plans_version"
        ),
        info={"locality": "GLOBAL"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("pricing_plans", if_exists=True)
