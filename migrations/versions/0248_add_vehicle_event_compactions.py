"""Add vehicle_event_compactions: until when the events of a city are compacted.

Releases before it write cities.events_compacted_until, which later ones read, too, until it is dropped.
"""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0248"
down_revision = "0247"


def upgrade() -> None:
    op.create_table(
        "vehicle_event_compactions",
        sa.Column("region", Region, nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("done_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "city", name=op.f("pk_vehicle_event_compactions")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_vehicle_event_compactions_cities_city")
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("vehicle_event_compactions", if_exists=True)
