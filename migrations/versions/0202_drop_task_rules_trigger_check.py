"""Drop the CHECK of task_rules.trigger, which the next revision makes wider."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0202"
down_revision = "0201"
oldest_compatible = "0086"

accepted_risks = {
    "ban-drop-constraint": "The next revision adds it again, and allows more; until then releases"
    " write only what it allowed."
}


def upgrade() -> None:
    op.execute("ALTER TABLE task_rules DROP CONSTRAINT IF EXISTS ck_task_rules_trigger")


def downgrade() -> None:
    op.execute(
        "DELETE FROM task_rules WHERE trigger IN ('short_rides', 'reserved_often', 'outside_area')"
    )
    add_check(
        "task_rules",
        "ck_task_rules_trigger",
        "trigger IN ('battery_low', 'idle', 'out_of_service', 'not_heard_of')",
    )
    op.execute("ALTER TABLE task_rules VALIDATE CONSTRAINT ck_task_rules_trigger")
