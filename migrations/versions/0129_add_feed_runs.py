"""Add feed_runs: what came of the runs of feed subscriptions."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0129"
down_revision = "0128"

COUNTS = ("new_count", "updated_count", "missing_count", "skipped_count")


def upgrade() -> None:
    op.create_table(
        "feed_runs",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column(
            "ended_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.String(16), nullable=False),
        sa.Column("problem", sa.String(500), server_default="", nullable=False),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in COUNTS),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_feed_runs")),
        sa.ForeignKeyConstraint(
            ["region", "subscription_id"],
            ["feed_subscriptions.region", "feed_subscriptions.id"],
            name=op.f("fk_feed_runs_feed_subscriptions_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint(
            "result IN ('imported', 'unchanged', 'failed', 'refused', 'unusable')",
            name=op.f("ck_feed_runs_result"),
        ),
        sa.Index("ix_feed_runs_subscription", "region", "subscription_id", "ended_at", "id"),
        sa.Index("ix_feed_runs_ended", "region", "ended_at"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("feed_runs", if_exists=True)
