"""Add rider_blocks: riders whom an owner does not let ride the owner's vehicles."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0310"
down_revision = "0309"


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "rider_blocks",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("owner_region", Region, nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("ride_region", Region, nullable=False),
        sa.Column("ride_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(280), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_rider_blocks")),
        sa.UniqueConstraint(
            "region", "rider_id", "owner_region", "owner_id", name=op.f("uq_rider_blocks_pair")
        ),
        # Releases that do not know the table delete and move accounts too.
        sa.ForeignKeyConstraint(
            ["region", "rider_id"],
            ["users.region", "users.id"],
            name=op.f("fk_rider_blocks_users_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["owner_region", "owner_id"],
            ["users.region", "users.id"],
            name=op.f("fk_rider_blocks_users_owner_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.Index("ix_rider_blocks_owner", "owner_region", "owner_id", "created_at", "id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("rider_blocks", if_exists=True)
