"""The catalogue of cities."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "cities",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("region", Region, nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column(
            "opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name=op.f("ck_cities_lat")),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name=op.f("ck_cities_lon")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cities")),
        info={"locality": "GLOBAL"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("cities", if_exists=True)
