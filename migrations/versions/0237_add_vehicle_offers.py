"""Add vehicle_offers: vehicles that owners offer to others by e-mail."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0237"
down_revision = "0236"


def upgrade() -> None:
    op.create_table(
        "vehicle_offers",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("owner_region", Region, nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), server_default="open", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_vehicle_offers")),
        sa.ForeignKeyConstraint(
            ["region", "vehicle_id"],
            ["vehicles.region", "vehicles.id"],
            name=op.f("fk_vehicle_offers_vehicles_region_vehicle_id"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["owner_region", "owner_id"],
            ["users.region", "users.id"],
            name=op.f("fk_vehicle_offers_users_owner_region_owner_id"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'withdrawn')",
            name=op.f("ck_vehicle_offers_state"),
        ),
        sa.Index("ix_vehicle_offers_owner", "owner_region", "owner_id", "created_at", "id"),
        sa.Index("ix_vehicle_offers_vehicle", "region", "vehicle_id"),
        sa.Index("ix_vehicle_offers_email", "region", "email", "created_at"),
        sa.Index("ix_vehicle_offers_expires", "region", "expires_at"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("vehicle_offers", if_exists=True)
