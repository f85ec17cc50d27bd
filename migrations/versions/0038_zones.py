"""Zones of a city: where rides may go and end."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.create_table(
        "zones",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("coordinates", postgresql.JSONB(), nullable=False),
        sa.Column("fee", sa.Integer(), nullable=True),
        sa.Column("max_speed_kph", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('service_area', 'no_parking', 'no_ride', 'slow')", name=op.f("ck_zones_kind")
        ),
        sa.CheckConstraint("fee >= 0", name=op.f("ck_zones_fee")),
        sa.CheckConstraint("max_speed_kph > 0", name=op.f("ck_zones_max_speed_kph")),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_zones_cities_city")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zones")),
        info={"locality": "GLOBAL"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("zones", if_exists=True)
