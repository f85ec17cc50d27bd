"""Add owner_months: the sums of the entries of owners by month."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0225"
down_revision = "0224"


def upgrade() -> None:
    op.create_table(
        "owner_months",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column(
            "part",
            sa.BigInteger(),
            server_default=sa.text("(8 + floor(random() * 1000000000))::bigint"),
            nullable=False,
        ),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("rides", sa.BigInteger(), nullable=False),
        sa.Column("net_price", sa.BigInteger(), nullable=False),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_owner_months")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_owner_months_cities_city")
        ),
        sa.Index(
            "uq_owner_months_part", "region", "owner_id", "city", "month", "part", unique=True
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("owner_months", if_exists=True)
