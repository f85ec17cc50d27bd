"""Add notice_comments: what riders say about notices."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0313"
down_revision = "0312"


def upgrade() -> None:
    op.create_table(
        "notice_comments",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("rider_region", Region, nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("state", sa.String(16), server_default="shown", nullable=False),
        sa.Column("flag_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reason", sa.String(280), server_default="", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_notice_comments")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_notice_comments_cities_city")
        ),
        sa.ForeignKeyConstraint(
            ["rider_region", "rider_id"],
            ["users.region", "users.id"],
            name=op.f("fk_notice_comments_users_rider_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint(
            "state IN ('shown', 'flagged', 'hidden', 'approved')",
            name=op.f("ck_notice_comments_state"),
        ),
        sa.Index("ix_notice_comments_notice", "region", "notice_id", "created_at", "id"),
        sa.Index("ix_notice_comments_city", "region", "city", "state", "created_at", "id"),
        sa.Index("ix_notice_comments_rider", "rider_region", "rider_id", "created_at", "id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("notice_comments", if_exists=True)
