"""Add feed_subscriptions: operators' feeds that workers import again and again."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0128"
down_revision = "0127"

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "feed_subscriptions",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("access", sa.Text(), nullable=False),
        sa.Column("allows_private", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("default_type", sa.String(20)),
        sa.Column("period_s", sa.BigInteger(), nullable=False),
        sa.Column("created_at", TIMESTAMP, server_default=sa.func.now(), nullable=False),
        sa.Column("due_at", TIMESTAMP, server_default=sa.func.now(), nullable=False),
        sa.Column("run_id", sa.Uuid()),
        sa.Column("run_until", TIMESTAMP),
        sa.Column("paused_at", TIMESTAMP),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_run_at", TIMESTAMP),
        sa.Column("last_success_at", TIMESTAMP),
        sa.Column("last_result", sa.String(16)),
        sa.Column("problem", sa.String(500), server_default="", nullable=False),
        sa.Column("system", sa.String(120)),
        sa.Column("vehicle_count", sa.BigInteger()),
        sa.Column("ttl_s", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("versions", sa.Text()),
        sa.Column("read_at", TIMESTAMP),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_feed_subscriptions")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_feed_subscriptions_cities_city")
        ),
        sa.UniqueConstraint("region", "city", "digest", name="uq_feed_subscriptions_feed"),
        sa.CheckConstraint(
            "last_result IN ('imported', 'unchanged', 'failed', 'refused', 'unusable')",
            name=op.f("ck_feed_subscriptions_last_result"),
        ),
        sa.Index(
            "ix_feed_subscriptions_due",
            "region",
            "due_at",
            postgresql_where=sa.text("paused_at IS NULL"),
        ),
        sa.Index("ix_feed_subscriptions_city", "region", "city", "created_at", "id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("feed_subscriptions", if_exists=True)
