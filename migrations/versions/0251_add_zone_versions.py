"""Add zone_versions: zones as staff have drawn, changed and removed them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0251"
down_revision = "0250"


def upgrade() -> None:
    op.create_table(
        "zone_versions",
        sa.Column("region", Region, nullable=False),
        sa.Column("zone_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=True),
        sa.Column("coordinates", postgresql.JSONB(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=True),
        sa.Column("max_speed_kph", sa.BigInteger(), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("why", sa.String(280), server_default="", nullable=False),
        sa.Column("author_region", Region, nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.PrimaryKeyConstraint("region", "zone_id", "number", name=op.f("pk_zone_versions")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_zone_versions_cities_city")
        ),
        sa.ForeignKeyConstraint(
            ["author_region", "author_id"],
            ["users.region", "users.id"],
            name=op.f("fk_zone_versions_users_author_region"),
            ondelete="SET NULL",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint(
            "kind IN ('service_area', 'no_parking', 'no_ride', 'slow')",
            name=op.f("ck_zone_versions_kind"),
        ),
        sa.Index(
            "ix_zone_versions_removed",
            "region",
            "city",
            "created_at",
            "zone_id",
            postgresql_where=sa.text("removed"),
        ),
        sa.Index("ix_zone_versions_author", "author_region", "author_id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("zone_versions", if_exists=True)
