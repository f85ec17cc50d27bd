"""Add comment_flags: which riders ask staff to look at a comment."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0314"
down_revision = "0313"


def upgrade() -> None:
    op.create_table(
        "comment_flags",
        sa.Column("region", Region, nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("rider_region", Region, nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint(
            "region", "comment_id", "rider_region", "rider_id", name=op.f("pk_comment_flags")
        ),
        sa.ForeignKeyConstraint(
            ["region", "comment_id"],
            ["notice_comments.region", "notice_comments.id"],
            name=op.f("fk_comment_flags_notice_comments_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["rider_region", "rider_id"],
            ["users.region", "users.id"],
            name=op.f("fk_comment_flags_users_rider_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.Index("ix_comment_flags_rider", "rider_region", "rider_id", "created_at", "comment_id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("comment_flags", if_exists=True)
