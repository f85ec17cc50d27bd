"""Add reports.returned_amount: what the rider of the reservation got back."""

import sqlalchemy as sa
from alembic import op

revision = "0230"
down_revision = "0229"


def upgrade() -> None:
    op.add_column("reports", sa.Column("returned_amount", sa.BigInteger()), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("reports", "returned_amount", if_exists=True)
