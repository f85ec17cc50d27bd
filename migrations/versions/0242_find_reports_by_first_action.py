"""Find the reports of a city on which staff first acted in some time: its numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0242"
down_revision = "0241"


def upgrade() -> None:
    op.create_index(
        "ix_reports_first_action",
        "reports",
        ["region", "city", "first_action_at"],
        postgresql_where=sa.text("first_action_at IS NOT NULL"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_reports_first_action", "reports", if_exists=True)
