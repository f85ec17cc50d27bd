"""Add the table city_zone_rules: what applies in a city outside of its zones, as GBFS says it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db.types import GLOBAL

revision = "0109"
down_revision = "0108"


def upgrade() -> None:
    op.create_table(
        "city_zone_rules",
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("version", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("vehicle_types", postgresql.JSONB()),
        sa.PrimaryKeyConstraint("city", name=op.f("pk_city_zone_rules")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_city_zone_rules_cities_city")
        ),
        info=GLOBAL,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("city_zone_rules", if_exists=True)
