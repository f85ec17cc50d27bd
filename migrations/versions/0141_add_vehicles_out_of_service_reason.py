"""Add vehicles.out_of_service_reason: why staff have taken a vehicle out of service."""

import sqlalchemy as sa
from alembic import op

revision = "0141"
down_revision = "0140"


def upgrade() -> None:
    op.add_column("vehicles", sa.Column("out_of_service_reason", sa.String(24)), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("vehicles", "out_of_service_reason", if_exists=True)
