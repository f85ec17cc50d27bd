"""Cities: the catalogue that says which region each city belongs to."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import GLOBAL, Region

revision = "0086_01"
down_revision = None

TIMESTAMP = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "cities",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("region", Region, nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("opened_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cities")),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name=op.f("ck_cities_lat")),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name=op.f("ck_cities_lon")),
        info=GLOBAL,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("cities", if_exists=True)
