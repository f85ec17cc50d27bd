"""One open ride per rider, across regions."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "open_rides",
        sa.Column("region", Region, nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("ride_region", Region, nullable=False),
        sa.Column("ride_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["region", "rider_id"],
            ["users.region", "users.id"],
            name=op.f("fk_open_rides_users_region"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ride_region", "ride_id"],
            ["rides.region", "rides.id"],
            name=op.f("fk_open_rides_rides_ride_region"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "rider_id", name=op.f("pk_open_rides")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("open_rides", if_exists=True)
