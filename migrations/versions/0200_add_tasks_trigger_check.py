"""Let tasks.trigger also be short_rides, reserved_often and outside_area."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0200"
down_revision = "0199"
oldest_compatible = "0086"

accepted_risks = {
    "ban-drop-constraint": "The one that is dropped is the same: an interrupted run of this revision"
    " has added it."
}


def upgrade() -> None:
    add_check(
        "tasks",
        "ck_tasks_trigger",
        "trigger IN ('battery_low', 'not_heard_of', 'idle', 'out_of_service', 'short_rides',"
        " 'reserved_often', 'outside_area')",
    )


def downgrade() -> None:
    op.execute("ALTER TABLE tasks DROP CONSTRAINT IF EXISTS ck_tasks_trigger")
