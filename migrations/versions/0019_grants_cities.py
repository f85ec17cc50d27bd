"""Roles that hold in some cities only."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column(
        "grants",
        sa.Column("cities", postgresql.ARRAY(sa.String(length=64)), nullable=True),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("grants", "cities", if_exists=True)
