"""Add notice_comments.hidden_at: since when staff hide a comment."""

import sqlalchemy as sa
from alembic import op

revision = "0318"
down_revision = "0317"


def upgrade() -> None:
    op.add_column(
        "notice_comments",
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("notice_comments", "hidden_at", if_exists=True)
