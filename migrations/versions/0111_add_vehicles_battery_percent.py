"""Add vehicles.battery_percent: how full the battery or tank of an imported vehicle is."""

import sqlalchemy as sa
from alembic import op

revision = "0111"
down_revision = "0110"


def upgrade() -> None:
    op.add_column("vehicles", sa.Column("battery_percent", sa.BigInteger()), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("vehicles", "battery_percent", if_exists=True)
