"""Add bulk_action_vehicles.reason_before: why a vehicle was out of service before."""

import sqlalchemy as sa
from alembic import op

revision = "0216"
down_revision = "0215"


def upgrade() -> None:
    op.add_column(
        "bulk_action_vehicles", sa.Column("reason_before", sa.String(24)), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("bulk_action_vehicles", "reason_before", if_exists=True)
