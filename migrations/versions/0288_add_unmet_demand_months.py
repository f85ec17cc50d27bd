"""Add unmet_demand_months: in how many half hours of a month demand in a cell was not met."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0288"
down_revision = "0287"


def upgrade() -> None:
    op.create_table(
        "unmet_demand_months",
        sa.Column("region", Region, nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("hides_few", sa.Boolean(), nullable=False),
        sa.Column("form_factor", sa.String(24), nullable=False),
        sa.Column("month_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cell", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("half_hours", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "region",
            "city",
            "hides_few",
            "form_factor",
            "month_at",
            "cell",
            name=op.f("pk_unmet_demand_months"),
        ),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_unmet_demand_months_cities_city")
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("unmet_demand_months", if_exists=True)
