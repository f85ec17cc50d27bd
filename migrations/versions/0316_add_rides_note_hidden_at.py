"""Add rides.note_hidden_at: since when staff hide from riders what the rider wrote."""

import sqlalchemy as sa
from alembic import op

revision = "0316"
down_revision = "0315"


def upgrade() -> None:
    op.add_column(
        "rides",
        sa.Column("note_hidden_at", sa.DateTime(timezone=True), nullable=True),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("rides", "note_hidden_at", if_exists=True)
