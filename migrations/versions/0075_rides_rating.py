"""How a ride was."""

import sqlalchemy as sa
from alembic import op

revision = "0075"
down_revision = "0074"


def upgrade() -> None:
    op.add_column("rides", sa.Column("rating", sa.Integer(), nullable=True), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("rides", "rating", if_exists=True)
