"""Find the reports of a city that were answered in some time: its numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0243"
down_revision = "0242"


def upgrade() -> None:
    op.create_index(
        "ix_reports_answered",
        "reports",
        ["region", "city", "answered_at"],
        postgresql_where=sa.text("answered_at IS NOT NULL"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_reports_answered", "reports", if_exists=True)
