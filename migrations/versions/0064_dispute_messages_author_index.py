"""Find what a person wrote."""

from alembic import op

revision = "0064"
down_revision = "0063"


def upgrade() -> None:
    op.create_index(
        "ix_dispute_messages_author",
        "dispute_messages",
        ["author_region", "author_id", "at", "id"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_dispute_messages_author", table_name="dispute_messages", if_exists=True)
