"""Add follows: places and owners of which a rider wants to hear."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0315"
down_revision = "0314"


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "follows",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rider_region", Region, nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid()),
        sa.Column("city", sa.String(64)),
        sa.Column("label", sa.String(40), server_default="", nullable=False),
        sa.Column("lat", sa.Float()),
        sa.Column("lon", sa.Float()),
        sa.Column("cell", sa.BigInteger()),
        sa.Column("radius_m", sa.BigInteger()),
        sa.Column("form_factor", sa.String(24), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("notified_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_follows")),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_follows_cities_city")),
        # Releases that do not know the table delete and move accounts too.
        sa.ForeignKeyConstraint(
            ["rider_region", "rider_id"],
            ["users.region", "users.id"],
            name=op.f("fk_follows_users_rider_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["region", "owner_id"],
            ["users.region", "users.id"],
            name=op.f("fk_follows_users_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint("(owner_id IS NULL) <> (cell IS NULL)", name=op.f("ck_follows_kind")),
        sa.Index("ix_follows_rider", "rider_region", "rider_id", "created_at", "id"),
        sa.Index("ix_follows_place", "region", "city", "cell", "id"),
        sa.Index("ix_follows_owner", "region", "owner_id", "id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("follows", if_exists=True)
