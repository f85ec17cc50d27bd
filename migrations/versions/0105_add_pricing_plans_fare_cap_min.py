"""Add pricing_plans.fare_cap_min: the period of the fare cap, which was always a day."""

import sqlalchemy as sa
from alembic import op

revision = "0105"
down_revision = "0104"


def upgrade() -> None:
    column = sa.Column("fare_cap_min", sa.BigInteger(), server_default="1440", nullable=False)
    op.add_column("pricing_plans", column, if_not_exists=True)


def downgrade() -> None:
    op.drop_column("pricing_plans", "fare_cap_min", if_exists=True)
