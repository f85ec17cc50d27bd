"""Add reports.called_unsafe: whether the reporter called the vehicle unsafe."""

import sqlalchemy as sa
from alembic import op

revision = "0280"
down_revision = "0279"


def upgrade() -> None:
    op.add_column(
        "reports",
        sa.Column("called_unsafe", sa.Boolean(), server_default=sa.false(), nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("reports", "called_unsafe", if_exists=True)
