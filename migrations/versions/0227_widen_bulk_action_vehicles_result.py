"""Let bulk_action_vehicles.result also be done_stays_out."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0227"
down_revision = "0226"
oldest_compatible = "0086"

accepted_risks = {
    "ban-drop-constraint": "The one that is dropped is the same: an interrupted run of this revision"
    " has added it."
}


def upgrade() -> None:
    add_check(
        "bulk_action_vehicles",
        "ck_bulk_action_vehicles_result",
        "result IN ('done', 'done_stays_out', 'ridden', 'unsafe', 'task_in_progress',"
        " 'not_restorable', 'other_state', 'gone', 'refused', 'failed')",
    )


def downgrade() -> None:
    op.execute(
        "ALTER TABLE bulk_action_vehicles DROP CONSTRAINT IF EXISTS ck_bulk_action_vehicles_result"
    )
