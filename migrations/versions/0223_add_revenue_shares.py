"""Add revenue_shares: which part of the price of rides owners get."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0223"
down_revision = "0222"


def upgrade() -> None:
    op.create_table(
        "revenue_shares",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("owner_region", Region, nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("basis_points", sa.BigInteger(), nullable=False),
        sa.Column(
            "valid_from", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("note", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_revenue_shares")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_revenue_shares_cities_city")
        ),
        sa.ForeignKeyConstraint(
            ["owner_region", "owner_id"],
            ["users.region", "users.id"],
            name=op.f("fk_revenue_shares_users_owner_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint(
            "basis_points BETWEEN 0 AND 10000", name=op.f("ck_revenue_shares_basis_points")
        ),
        sa.Index(
            "ix_revenue_shares_city", "region", "city", "owner_id", "valid_from", "created_at"
        ),
        sa.Index("ix_revenue_shares_owner", "owner_region", "owner_id", "created_at", "id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("revenue_shares", if_exists=True)
