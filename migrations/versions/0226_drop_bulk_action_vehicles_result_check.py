"""Drop the CHECK of bulk_action_vehicles.result, which the next revision makes wider."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0226"
down_revision = "0225"
oldest_compatible = "0086"

accepted_risks = {
    "ban-drop-constraint": "The next revision adds it again, and allows more; until then releases"
    " write only what it allowed."
}


def upgrade() -> None:
    op.execute(
        "ALTER TABLE bulk_action_vehicles DROP CONSTRAINT IF EXISTS ck_bulk_action_vehicles_result"
    )


def downgrade() -> None:
    op.execute("UPDATE bulk_action_vehicles SET result = 'done' WHERE result = 'done_stays_out'")
    add_check(
        "bulk_action_vehicles",
        "ck_bulk_action_vehicles_result",
        "result IN ('done', 'ridden', 'unsafe', 'task_in_progress', 'not_restorable',"
        " 'other_state', 'gone', 'refused', 'failed')",
    )
    op.execute(
        "ALTER TABLE bulk_action_vehicles VALIDATE CONSTRAINT ck_bulk_action_vehicles_result"
    )
