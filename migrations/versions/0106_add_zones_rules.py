"""Add zones.rules: what vehicles of some types may do in a zone, as GBFS says it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0106"
down_revision = "0105"


def upgrade() -> None:
    column = sa.Column("rules", postgresql.JSONB())
    op.add_column("zones", column, if_not_exists=True)


def downgrade() -> None:
    op.drop_column("zones", "rules", if_exists=True)
