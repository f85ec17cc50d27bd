"""Add rollups: sums of events and rides of a city by hour, day and month."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0192"
down_revision = "0191"


def upgrade() -> None:
    op.create_table(
        "rollups",
        sa.Column("region", Region, nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("metric", sa.String(24), nullable=False),
        sa.Column("dimension", sa.String(24), nullable=False),
        sa.Column("form_factor", sa.String(24), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "region",
            "city",
            "period",
            "started_at",
            "metric",
            "dimension",
            "form_factor",
            name=op.f("pk_rollups"),
        ),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_rollups_cities_city")),
        sa.CheckConstraint("period IN ('hour', 'day', 'month')", name=op.f("ck_rollups_period")),
        sa.CheckConstraint(
            "metric IN ('state_time', 'events', 'reserved_rides', 'rides', 'given_up_rides',"
            " 'ride_time', 'ride_distance', 'revenue', 'idle_times')",
            name=op.f("ck_rollups_metric"),
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("rollups", if_exists=True)
