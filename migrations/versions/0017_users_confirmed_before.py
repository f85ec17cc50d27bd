"""Accounts from before the rule go on riding: take their addresses for confirmed."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute("UPDATE users SET email_confirmed_at = created_at WHERE email_confirmed_at IS NULL")


def downgrade() -> None:
    pass  # the column goes next
