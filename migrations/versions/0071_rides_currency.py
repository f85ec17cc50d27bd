"""What money that is."""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"


def upgrade() -> None:
    op.add_column(
        "rides", sa.Column("currency", sa.String(length=3), nullable=True), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("rides", "currency", if_exists=True)
