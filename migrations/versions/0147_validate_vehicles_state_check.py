"""Validate the wider CHECK of vehicles.state."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0147"
down_revision = "0146"


def upgrade() -> None:
    op.execute("ALTER TABLE vehicles VALIDATE CONSTRAINT ck_vehicles_state")


def downgrade() -> None:
    add_check(
        "vehicles",
        "ck_vehicles_state",
        "state IN ('available', 'reserved', 'on_trip', 'non_operational', 'removed', 'missing',"
        " 'non_contactable', 'elsewhere')",
    )
