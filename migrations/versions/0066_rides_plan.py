"""A ride keeps the plan it began with."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"


def upgrade() -> None:
    op.add_column("rides", sa.Column("plan_id", sa.Uuid(), nullable=True), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("rides", "plan_id", if_exists=True)
