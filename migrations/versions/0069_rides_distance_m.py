"""How far a ride went."""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"


def upgrade() -> None:
    op.add_column("rides", sa.Column("distance_m", sa.Integer(), nullable=True), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("rides", "distance_m", if_exists=True)
