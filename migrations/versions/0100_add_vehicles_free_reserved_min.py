"""Add vehicles.free_reserved_min: how long a vehicle was reserved free of charge on a day."""

import sqlalchemy as sa
from alembic import op

revision = "0100"
down_revision = "0099"


def upgrade() -> None:
    column = sa.Column("free_reserved_min", sa.BigInteger(), server_default="0", nullable=False)
    op.add_column("vehicles", column, if_not_exists=True)


def downgrade() -> None:
    op.drop_column("vehicles", "free_reserved_min", if_exists=True)
