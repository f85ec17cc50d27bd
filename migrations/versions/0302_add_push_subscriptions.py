"""Add push_subscriptions: the devices that get push messages."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0302"
down_revision = "0301"


def upgrade() -> None:
    op.create_table(
        "push_subscriptions",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("ciphertext", sa.String(4000), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_push_subscriptions")),
        sa.ForeignKeyConstraint(
            ["region", "session_id"],
            ["login_sessions.region", "login_sessions.id"],
            name=op.f("fk_push_subscriptions_login_sessions_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.Index("ix_push_subscriptions_user", "region", "user_id"),
        sa.Index("ix_push_subscriptions_session", "region", "session_id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("push_subscriptions", if_exists=True)
