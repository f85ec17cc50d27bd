"""Validate the wider CHECK of owner_entries.kind."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0236"
down_revision = "0235"


def upgrade() -> None:
    op.execute("ALTER TABLE owner_entries VALIDATE CONSTRAINT ck_owner_entries_kind")


def downgrade() -> None:
    add_check(
        "owner_entries",
        "ck_owner_entries_kind",
        "kind IN ('ride', 'refund', 'payout', 'payout_reversal', 'write_off')",
    )
