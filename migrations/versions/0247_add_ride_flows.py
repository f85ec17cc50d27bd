"""Add ride_flows: how many rides went from one cell to another, by month."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0247"
down_revision = "0246"


def upgrade() -> None:
    op.create_table(
        "ride_flows",
        sa.Column("region", Region, nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("hides_few", sa.Boolean(), nullable=False),
        sa.Column("form_factor", sa.String(24), nullable=False),
        sa.Column("month_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start_cell", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end_cell", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rides", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "region",
            "city",
            "hides_few",
            "form_factor",
            "month_at",
            "start_cell",
            "end_cell",
            name=op.f("pk_ride_flows"),
        ),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_ride_flows_cities_city")),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("ride_flows", if_exists=True)
