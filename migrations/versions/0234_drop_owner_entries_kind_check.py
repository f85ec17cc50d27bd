"""Drop the CHECK of owner_entries.kind, which the next revision makes wider."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0234"
down_revision = "0233"
oldest_compatible = "0086"

accepted_risks = {
    "ban-drop-constraint": "The next revision adds it again, and allows more; until then releases"
    " write only what it allowed."
}


def upgrade() -> None:
    op.execute("ALTER TABLE owner_entries DROP CONSTRAINT IF EXISTS ck_owner_entries_kind")


def downgrade() -> None:
    op.execute("UPDATE owner_entries SET kind = 'payout' WHERE kind = 'payout_reversal'")
    add_check(
        "owner_entries",
        "ck_owner_entries_kind",
        "kind IN ('ride', 'refund', 'payout', 'write_off')",
    )
    op.execute("ALTER TABLE owner_entries VALIDATE CONSTRAINT ck_owner_entries_kind")
