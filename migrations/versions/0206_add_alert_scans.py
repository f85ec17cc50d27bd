"""Add alert_scans: how far the job of alerts has looked at the vehicles of a city."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0206"
down_revision = "0205"


def upgrade() -> None:
    op.create_table(
        "alert_scans",
        sa.Column("region", Region, nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("basis", sa.String(80), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("region", "city", name=op.f("pk_alert_scans")),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_alert_scans_cities_city")),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("alert_scans", if_exists=True)
