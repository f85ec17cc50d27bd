"""Add users.units: the units of distance and the clock that a person has chosen."""

import sqlalchemy as sa
from alembic import op

revision = "0279"
down_revision = "0278"


def upgrade() -> None:
    op.add_column(
        "users",
        sa.Column("units", sa.String(5), server_default="", nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("users", "units", if_exists=True)
