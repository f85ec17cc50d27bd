"""And in words."""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"


def upgrade() -> None:
    op.add_column(
        "rides", sa.Column("rating_note", sa.String(length=280), nullable=True), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("rides", "rating_note", if_exists=True)
