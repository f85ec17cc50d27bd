"""Drop the CHECK of vehicles.state, which the next revision makes wider."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0145"
down_revision = "0144"
oldest_compatible = "0086"

accepted_risks = {
    "ban-drop-constraint": "The next revision adds it again, and allows more; until then releases"
    " write only what it allowed."
}


def upgrade() -> None:
    op.execute("ALTER TABLE vehicles DROP CONSTRAINT IF EXISTS ck_vehicles_state")


def downgrade() -> None:
    add_check(
        "vehicles",
        "ck_vehicles_state",
        "state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing')",
    )
    op.execute("ALTER TABLE vehicles VALIDATE CONSTRAINT ck_vehicles_state")
