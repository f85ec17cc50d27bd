"""Add vehicles.event_count: how many events a vehicle has."""

import sqlalchemy as sa
from alembic import op

revision = "0131"
down_revision = "0130"


def upgrade() -> None:
    column = sa.Column("event_count", sa.BigInteger(), server_default="0", nullable=False)
    op.add_column("vehicles", column, if_not_exists=True)


def downgrade() -> None:
    op.drop_column("vehicles", "event_count", if_exists=True)
