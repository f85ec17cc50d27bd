"""Validate the foreign key of reports.assignee_id."""

from alembic import op

from webapp.db.ddl import add_account_key

revision = "0175"
down_revision = "0174"


def upgrade() -> None:
    op.execute("ALTER TABLE reports VALIDATE CONSTRAINT fk_reports_users_assignee_region")


def downgrade() -> None:
    add_account_key("reports", "assignee")
