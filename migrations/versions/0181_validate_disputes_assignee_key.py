"""Validate the foreign key of disputes.assignee_id."""

from alembic import op

from webapp.db.ddl import add_account_key

revision = "0181"
down_revision = "0180"


def upgrade() -> None:
    op.execute("ALTER TABLE disputes VALIDATE CONSTRAINT fk_disputes_users_assignee_region")


def downgrade() -> None:
    add_account_key("disputes", "assignee")
