"""Let owner_entries.kind also be payout_reversal."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0235"
down_revision = "0234"
oldest_compatible = "0086"

accepted_risks = {
    "ban-drop-constraint": "The one that is dropped is the same: an interrupted run of this revision"
    " has added it."
}


def upgrade() -> None:
    add_check(
        "owner_entries",
        "ck_owner_entries_kind",
        "kind IN ('ride', 'refund', 'payout', 'payout_reversal', 'write_off')",
    )


def downgrade() -> None:
    op.execute("ALTER TABLE owner_entries DROP CONSTRAINT IF EXISTS ck_owner_entries_kind")
