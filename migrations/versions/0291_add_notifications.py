"""Add notifications: the messages that accounts get."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0291"
down_revision = "0290"


def upgrade() -> None:
    op.create_table(
        "notifications",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("path", sa.String(500), server_default="", nullable=False),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_listed", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_notifications")),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_notifications_users_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.Index("ix_notifications_user", "region", "user_id", "created_at", "id"),
        sa.Index(
            "ix_notifications_unread",
            "region",
            "user_id",
            postgresql_where=sa.text("read_at IS NULL AND is_listed"),
        ),
        sa.Index("ix_notifications_created", "region", "created_at"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("notifications", if_exists=True)
