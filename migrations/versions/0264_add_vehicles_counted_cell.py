"""Add vehicles.counted_cell: the cell in which vehicle_cell_counts counts a vehicle."""

import sqlalchemy as sa
from alembic import op

revision = "0264"
down_revision = "0263"


def upgrade() -> None:
    op.add_column("vehicles", sa.Column("counted_cell", sa.BigInteger()), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("vehicles", "counted_cell", if_exists=True)
