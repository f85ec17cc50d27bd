"""Add reservations.withdrawn_at: the vehicle was taken out of service meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0211"
down_revision = "0210"


def upgrade() -> None:
    op.add_column(
        "reservations",
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("reservations", "withdrawn_at", if_exists=True)
