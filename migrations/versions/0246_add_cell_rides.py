"""Add cell_rides: how many rides started and ended in each cell, by month."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0246"
down_revision = "0245"


def upgrade() -> None:
    op.create_table(
        "cell_rides",
        sa.Column("region", Region, nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("hides_few", sa.Boolean(), nullable=False),
        sa.Column("form_factor", sa.String(24), nullable=False),
        sa.Column("month_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cell", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("starts", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "region",
            "city",
            "hides_few",
            "form_factor",
            "month_at",
            "cell",
            name=op.f("pk_cell_rides"),
        ),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_cell_rides_cities_city")),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("cell_rides", if_exists=True)
