"""Add rides.end_received_at: when the server learned of an end that was pressed without network."""

import sqlalchemy as sa
from alembic import op

revision = "0283"
down_revision = "0282"


def upgrade() -> None:
    op.add_column(
        "rides",
        sa.Column("end_received_at", sa.DateTime(timezone=True), nullable=True),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("rides", "end_received_at", if_exists=True)
