"""Sessions: one row for each sign-in on a device."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "login_sessions",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "authenticated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remember", sa.Boolean(), nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("device", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.String(length=255), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("city", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_login_sessions_users_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_login_sessions")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("login_sessions", if_exists=True)
