"""Add users.time_zone: by which clocks a person reads what concerns the account."""

import sqlalchemy as sa
from alembic import op

revision = "0281"
down_revision = "0280"


def upgrade() -> None:
    op.add_column(
        "users",
        sa.Column("time_zone", sa.String(64), server_default="", nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("users", "time_zone", if_exists=True)
