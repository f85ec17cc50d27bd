"""Drop the CHECK of tasks.trigger, which the next revision makes wider."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0199"
down_revision = "0198"
oldest_compatible = "0086"

accepted_risks = {
    "ban-drop-constraint": "The next revision adds it again, and allows more; until then releases"
    " write only what it allowed."
}


def upgrade() -> None:
    op.execute("ALTER TABLE tasks DROP CONSTRAINT IF EXISTS ck_tasks_trigger")


def downgrade() -> None:
    op.execute(
        "UPDATE tasks SET trigger = NULL"
        " WHERE trigger IN ('short_rides', 'reserved_often', 'outside_area')"
    )
    add_check(
        "tasks",
        "ck_tasks_trigger",
        "trigger IN ('battery_low', 'idle', 'out_of_service', 'not_heard_of')",
    )
    op.execute("ALTER TABLE tasks VALIDATE CONSTRAINT ck_tasks_trigger")
