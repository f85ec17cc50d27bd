"""A ride is charged once."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.create_index(
        "uq_wallet_entries_ride",
        "wallet_entries",
        ["region", "ride_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'ride'"),
        if_not_exists=True,
    )


def downgrade() -> None:
    if op.get_context().dialect.name == "cockroachdb":
        # A unique index is a constraint there, and goes only with CASCADE.
        op.execute("DROP INDEX IF EXISTS wallet_entries@uq_wallet_entries_ride CASCADE")
    else:
        op.drop_index("uq_wallet_entries_ride", table_name="wallet_entries", if_exists=True)
