"""Add rider_cohorts: how many riders of each month rode in a later one."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0245"
down_revision = "0244"


def upgrade() -> None:
    op.create_table(
        "rider_cohorts",
        sa.Column("region", Region, nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("month_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_month_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("riders", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "region",
            "city",
            "month_at",
            "first_month_at",
            name=op.f("pk_rider_cohorts"),
        ),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_rider_cohorts_cities_city")
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("rider_cohorts", if_exists=True)
