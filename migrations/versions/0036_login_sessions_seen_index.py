"""Find sessions that have had their time."""

from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.create_index(
        "ix_login_sessions_seen", "login_sessions", ["region", "last_seen_at"], if_not_exists=True
    )


def downgrade() -> None:
    op.drop_index("ix_login_sessions_seen", table_name="login_sessions", if_exists=True)
