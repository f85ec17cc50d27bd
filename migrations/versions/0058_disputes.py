"""Rides that are looked at again."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    op.create_table(
        "disputes",
        sa.Column("region", Region, nullable=False),
        sa.Column("ride_id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("refunded", sa.Integer(), nullable=False),
        sa.Column(
            "opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state IN ('open', 'answered', 'closed')", name=op.f("ck_disputes_state")
        ),
        sa.CheckConstraint("refunded >= 0", name=op.f("ck_disputes_refunded")),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_disputes_cities_city")),
        sa.ForeignKeyConstraint(
            ["region", "ride_id"],
            ["rides.region", "rides.id"],
            name=op.f("fk_disputes_rides_region"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "ride_id", name=op.f("pk_disputes")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("disputes", if_exists=True)
