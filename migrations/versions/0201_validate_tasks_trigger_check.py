"""Validate the wider CHECK of tasks.trigger."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0201"
down_revision = "0200"


def upgrade() -> None:
    op.execute("ALTER TABLE tasks VALIDATE CONSTRAINT ck_tasks_trigger")


def downgrade() -> None:
    add_check(
        "tasks",
        "ck_tasks_trigger",
        "trigger IN ('battery_low', 'not_heard_of', 'idle', 'out_of_service', 'short_rides',"
        " 'reserved_often', 'outside_area')",
    )
