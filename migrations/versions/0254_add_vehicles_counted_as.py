"""Add vehicles.counted_as: as what vehicle_counts counts a vehicle."""

import sqlalchemy as sa
from alembic import op

revision = "0254"
down_revision = "0253"


def upgrade() -> None:
    op.add_column("vehicles", sa.Column("counted_as", sa.String(49)), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("vehicles", "counted_as", if_exists=True)
