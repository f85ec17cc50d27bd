"""Validate the wider CHECK of vehicle_events.state."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0150"
down_revision = "0149"


def upgrade() -> None:
    op.execute("ALTER TABLE vehicle_events VALIDATE CONSTRAINT ck_vehicle_events_state")


def downgrade() -> None:
    add_check(
        "vehicle_events",
        "ck_vehicle_events_state",
        "state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing',"
        " 'non_contactable', 'elsewhere')",
    )
