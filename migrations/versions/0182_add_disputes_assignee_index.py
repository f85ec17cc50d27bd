"""Find what is assigned to somebody: disputes."""

from alembic import op

revision = "0182"
down_revision = "0181"


def upgrade() -> None:
    op.create_index(
        "ix_disputes_assignee",
        "disputes",
        ["region", "assignee_region", "assignee_id", "city", "state", "changed_at", "ride_id"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_disputes_assignee", "disputes", if_exists=True)
