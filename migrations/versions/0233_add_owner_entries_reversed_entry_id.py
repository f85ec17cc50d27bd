"""Add owner_entries.reversed_entry_id: the payout that an entry takes back."""

import sqlalchemy as sa
from alembic import op

revision = "0233"
down_revision = "0232"


def upgrade() -> None:
    op.add_column("owner_entries", sa.Column("reversed_entry_id", sa.Uuid()), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("owner_entries", "reversed_entry_id", if_exists=True)
