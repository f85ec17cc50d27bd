"""Add rollup_totals: the sums of days and months that the pages of numbers read."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0239"
down_revision = "0238"


def upgrade() -> None:
    op.create_table(
        "rollup_totals",
        sa.Column("region", Region, nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("hides_few", sa.Boolean(), nullable=False),
        sa.Column("form_factor", sa.String(24), nullable=False),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("metric", sa.String(24), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dimension", sa.String(24), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "region",
            "city",
            "hides_few",
            "form_factor",
            "period",
            "metric",
            "started_at",
            "dimension",
            name=op.f("pk_rollup_totals"),
        ),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_rollup_totals_cities_city")
        ),
        sa.CheckConstraint("period IN ('day', 'month')", name=op.f("ck_rollup_totals_period")),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("rollup_totals", if_exists=True)
