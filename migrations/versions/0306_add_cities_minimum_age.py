"""Add cities.minimum_age: how old riders must be, years."""

import sqlalchemy as sa
from alembic import op

revision = "0306"
down_revision = "0305"


def upgrade() -> None:
    op.add_column(
        "cities", sa.Column("minimum_age", sa.BigInteger(), nullable=True), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("cities", "minimum_age", if_exists=True)
