"""Validate the wider CHECK of bulk_action_vehicles.result."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0228"
down_revision = "0227"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE bulk_action_vehicles VALIDATE CONSTRAINT ck_bulk_action_vehicles_result"
    )


def downgrade() -> None:
    add_check(
        "bulk_action_vehicles",
        "ck_bulk_action_vehicles_result",
        "result IN ('done', 'done_stays_out', 'ridden', 'unsafe', 'task_in_progress',"
        " 'not_restorable', 'other_state', 'gone', 'refused', 'failed')",
    )
