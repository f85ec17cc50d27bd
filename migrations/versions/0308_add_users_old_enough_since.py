"""Add users.old_enough_since: the day on which somebody has said so."""

import sqlalchemy as sa
from alembic import op

revision = "0308"
down_revision = "0307"


def upgrade() -> None:
    op.add_column(
        "users", sa.Column("old_enough_since", sa.Date(), nullable=True), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("users", "old_enough_since", if_exists=True)
