"""Add users.language: in which language a person reads."""

import sqlalchemy as sa
from alembic import op

revision = "0268"
down_revision = "0267"


def upgrade() -> None:
    op.add_column(
        "users",
        sa.Column("language", sa.String(3), server_default="", nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("users", "language", if_exists=True)
