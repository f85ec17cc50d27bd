"""Let task_rules.trigger also be short_rides, reserved_often and outside_area."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0203"
down_revision = "0202"
oldest_compatible = "0086"

accepted_risks = {
    "ban-drop-constraint": "The one that is dropped is the same: an interrupted run of this revision"
    " has added it."
}


def upgrade() -> None:
    add_check(
        "task_rules",
        "ck_task_rules_trigger",
        "trigger IN ('battery_low', 'not_heard_of', 'idle', 'out_of_service', 'short_rides',"
        " 'reserved_often', 'outside_area')",
    )


def downgrade() -> None:
    op.execute("ALTER TABLE task_rules DROP CONSTRAINT IF EXISTS ck_task_rules_trigger")
