"""Add users.old_enough_for: for which minimum age somebody has said to be old enough."""

import sqlalchemy as sa
from alembic import op

revision = "0307"
down_revision = "0306"


def upgrade() -> None:
    op.add_column(
        "users", sa.Column("old_enough_for", sa.BigInteger(), nullable=True), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("users", "old_enough_for", if_exists=True)
