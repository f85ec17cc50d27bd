"""The lines of its receipt."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0072"
down_revision = "0071"


def upgrade() -> None:
    op.add_column(
        "rides", sa.Column("price_lines", postgresql.JSONB(), nullable=True), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("rides", "price_lines", if_exists=True)
