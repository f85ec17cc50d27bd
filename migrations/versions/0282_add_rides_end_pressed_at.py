"""Add rides.end_pressed_at: when the rider pressed "End ride", if the phone had no network."""

import sqlalchemy as sa
from alembic import op

revision = "0282"
down_revision = "0281"


def upgrade() -> None:
    op.add_column(
        "rides",
        sa.Column("end_pressed_at", sa.DateTime(timezone=True), nullable=True),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("rides", "end_pressed_at", if_exists=True)
