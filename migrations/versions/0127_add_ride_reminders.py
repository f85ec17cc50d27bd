"""Add ride_reminders: when the rider of a running ride wants a mail."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0127"
down_revision = "0126"


def upgrade() -> None:
    op.create_table(
        "ride_reminders",
        sa.Column("region", Region, nullable=False),
        sa.Column("ride_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("region", "ride_id", "kind", name=op.f("pk_ride_reminders")),
        sa.ForeignKeyConstraint(
            ["region", "ride_id"],
            ["rides.region", "rides.id"],
            name=op.f("fk_ride_reminders_rides_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint("kind IN ('time', 'price')", name=op.f("ck_ride_reminders_kind")),
        sa.CheckConstraint(
            "(kind = 'price') = (amount IS NOT NULL)", name=op.f("ck_ride_reminders_amount")
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("ride_reminders", if_exists=True)
