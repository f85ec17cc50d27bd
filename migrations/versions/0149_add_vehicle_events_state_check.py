"""Let vehicle_events.state also be non_contactable and elsewhere."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0149"
down_revision = "0148"
oldest_compatible = "0086"

accepted_risks = {
    "ban-drop-constraint": "The one that is dropped is the same: an interrupted run of this revision"
    " has added it."
}


def upgrade() -> None:
    add_check(
        "vehicle_events",
        "ck_vehicle_events_state",
        "state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing',"
        " 'non_contactable', 'elsewhere')",
    )


def downgrade() -> None:
    op.execute("ALTER TABLE vehicle_events DROP CONSTRAINT IF EXISTS ck_vehicle_events_state")
