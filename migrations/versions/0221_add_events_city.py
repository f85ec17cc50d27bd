"""Add events.city: the city that staff acted in."""

import sqlalchemy as sa
from alembic import op

revision = "0221"
down_revision = "0220"


def upgrade() -> None:
    op.add_column("events", sa.Column("city", sa.String(64)), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("events", "city", if_exists=True)
