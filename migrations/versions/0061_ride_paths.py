"""Where rides went, for some weeks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db.types import Region

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    op.create_table(
        "ride_paths",
        sa.Column("region", Region, nullable=False),
        sa.Column("ride_id", sa.Uuid(), nullable=False),
        sa.Column("points", postgresql.JSONB(), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["region", "ride_id"],
            ["rides.region", "rides.id"],
            name=op.f("fk_ride_paths_rides_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "ride_id", name=op.f("pk_ride_paths")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("ride_paths", if_exists=True)
