"""Drop the CHECK of vehicle_events.state, which the next revision makes wider."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0148"
down_revision = "0147"
oldest_compatible = "0086"

accepted_risks = {
    "ban-drop-constraint": "The next revision adds it again, and allows more; until then releases"
    " write only what it allowed."
}


def upgrade() -> None:
    op.execute("ALTER TABLE vehicle_events DROP CONSTRAINT IF EXISTS ck_vehicle_events_state")


def downgrade() -> None:
    add_check(
        "vehicle_events",
        "ck_vehicle_events_state",
        "state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing')",
    )
    op.execute("ALTER TABLE vehicle_events VALIDATE CONSTRAINT ck_vehicle_events_state")
