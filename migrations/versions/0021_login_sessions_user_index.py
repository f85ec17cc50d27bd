"""Find the sessions of an account."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_index(
        "ix_login_sessions_user", "login_sessions", ["region", "user_id"], if_not_exists=True
    )


def downgrade() -> None:
    op.drop_index("ix_login_sessions_user", table_name="login_sessions", if_exists=True)
