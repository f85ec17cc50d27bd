"""Until when somebody holds a vehicle."""

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0081"


def upgrade() -> None:
    op.add_column(
        "vehicles",
        sa.Column("reserved_until", sa.DateTime(timezone=True), nullable=True),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("vehicles", "reserved_until", if_exists=True)
