"""Add vehicles.free_reserved_on: the day for which free reserved minutes are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0099"
down_revision = "0098"


def upgrade() -> None:
    op.add_column("vehicles", sa.Column("free_reserved_on", sa.Date()), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("vehicles", "free_reserved_on", if_exists=True)
