"""Let reports.assignee_id be an account."""

from alembic import op

from webapp.db.ddl import add_account_key

revision = "0174"
down_revision = "0173"
oldest_compatible = "0086"

accepted_risks = {
    "ban-drop-constraint": "The one that is dropped is the same: an interrupted run of this revision"
    " has added it."
}


def upgrade() -> None:
    add_account_key("reports", "assignee")


def downgrade() -> None:
    op.execute("ALTER TABLE reports DROP CONSTRAINT IF EXISTS fk_reports_users_assignee_region")
