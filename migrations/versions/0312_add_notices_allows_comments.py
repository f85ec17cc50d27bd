"""Add notices.allows_comments: whether riders may comment on a notice."""

import sqlalchemy as sa
from alembic import op

revision = "0312"
down_revision = "0311"


def upgrade() -> None:
    op.add_column(
        "notices",
        sa.Column("allows_comments", sa.Boolean(), server_default=sa.false(), nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("notices", "allows_comments", if_exists=True)
