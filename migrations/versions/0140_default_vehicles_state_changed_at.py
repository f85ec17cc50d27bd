"""Let vehicles.state_changed_at be the time of the INSERT. Rows that are there stay NULL."""

import sqlalchemy as sa
from alembic import op

revision = "0140"
down_revision = "0139"


def upgrade() -> None:
    op.alter_column("vehicles", "state_changed_at", server_default=sa.func.now())


def downgrade() -> None:
    op.alter_column("vehicles", "state_changed_at", server_default=None)
