"""Add reports.ended_own_reservation: whose reservation a report has ended."""

import sqlalchemy as sa
from alembic import op

revision = "0229"
down_revision = "0228"


def upgrade() -> None:
    op.add_column("reports", sa.Column("ended_own_reservation", sa.Boolean()), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("reports", "ended_own_reservation", if_exists=True)
