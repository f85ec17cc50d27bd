"""Add an index of push_subscriptions: those whose session must have ended are deleted."""

from alembic import op

revision = "0319"
down_revision = "0318"


def upgrade() -> None:
    op.create_index(
        "ix_push_subscriptions_created",
        "push_subscriptions",
        ["region", "created_at"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_push_subscriptions_created", "push_subscriptions", if_exists=True)
