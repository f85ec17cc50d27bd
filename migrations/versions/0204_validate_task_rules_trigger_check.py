"""Validate the wider CHECK of task_rules.trigger."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0204"
down_revision = "0203"


def upgrade() -> None:
    op.execute("ALTER TABLE task_rules VALIDATE CONSTRAINT ck_task_rules_trigger")


def downgrade() -> None:
    add_check(
        "task_rules",
        "ck_task_rules_trigger",
        "trigger IN ('battery_low', 'not_heard_of', 'idle', 'out_of_service', 'short_rides',"
        " 'reserved_often', 'outside_area')",
    )
