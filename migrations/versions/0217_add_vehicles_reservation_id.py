"""Add vehicles.reservation_id: the reservation of a vehicle, for the job that settles it."""

import sqlalchemy as sa
from alembic import op

revision = "0217"
down_revision = "0216"


def upgrade() -> None:
    op.add_column("vehicles", sa.Column("reservation_id", sa.Uuid()), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("vehicles", "reservation_id", if_exists=True)
