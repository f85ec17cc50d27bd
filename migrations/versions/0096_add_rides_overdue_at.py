"""Add rides.overdue_at: when staff got the mail that a ride has reached the longest length."""

import sqlalchemy as sa
from alembic import op

revision = "0096"
down_revision = "0095"


def upgrade() -> None:
    column = sa.Column("overdue_at", sa.DateTime(timezone=True))
    op.add_column("rides", column, if_not_exists=True)


def downgrade() -> None:
    op.drop_column("rides", "overdue_at", if_exists=True)
