"""Find the accounts that have ended."""

import sqlalchemy as sa
from alembic import op

revision = "0138"
down_revision = "0137"


def upgrade() -> None:
    op.create_index(
        "ix_users_deleted",
        "users",
        ["region", "deleted_at"],
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_users_deleted", "users", if_exists=True)
