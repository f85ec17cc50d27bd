"""Add vehicle_cell_counts: how many vehicles a city has in each cell of the map."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0265"
down_revision = "0264"


def upgrade() -> None:
    op.create_table(
        "vehicle_cell_counts",
        sa.Column("region", Region, nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("counted_as", sa.String(49), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "region", "city", "cell", "counted_as", name=op.f("pk_vehicle_cell_counts")
        ),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_vehicle_cell_counts_cities_city")
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("vehicle_cell_counts", if_exists=True)
