"""Add cities.first_action_target_s: within how long staff of a city do something about a report."""

import sqlalchemy as sa
from alembic import op

revision = "0188"
down_revision = "0187"


def upgrade() -> None:
    op.add_column("cities", sa.Column("first_action_target_s", sa.BigInteger()), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("cities", "first_action_target_s", if_exists=True)
