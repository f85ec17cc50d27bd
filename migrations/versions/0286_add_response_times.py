"""Add response_times: how long reports and tasks waited, one row for each kind and day or month."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0286"
down_revision = "0285"


def upgrade() -> None:
    op.create_table(
        "response_times",
        sa.Column("region", Region, nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("hides_few", sa.Boolean(), nullable=False),
        sa.Column("form_factor", sa.String(24), nullable=False),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("metric", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("counts", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.CheckConstraint("period IN ('day', 'month')", name=op.f("ck_response_times_period")),
        sa.PrimaryKeyConstraint(
            "region",
            "city",
            "hides_few",
            "form_factor",
            "period",
            "started_at",
            "metric",
            "kind",
            name=op.f("pk_response_times"),
        ),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_response_times_cities_city")
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("response_times", if_exists=True)
