"""Add rollups_progress: until when the rollups of a city are there."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0193"
down_revision = "0192"


def upgrade() -> None:
    op.create_table(
        "rollups_progress",
        sa.Column("region", Region, nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("done_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "city", name=op.f("pk_rollups_progress")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_rollups_progress_cities_city")
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("rollups_progress", if_exists=True)
