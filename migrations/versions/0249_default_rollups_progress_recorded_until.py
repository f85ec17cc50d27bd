"""Give rollups_progress.recorded_until a default: it is always done_until, and no release writes it
from now on. Releases that read it look from then on at events that were recorded late again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0249"
down_revision = "0248"


def upgrade() -> None:
    op.alter_column("rollups_progress", "recorded_until", server_default=sa.func.now())


def downgrade() -> None:
    op.alter_column("rollups_progress", "recorded_until", server_default=None)
