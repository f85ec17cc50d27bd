"""Add rides.note_is_public: whether the page of the vehicle shows what the rider wrote."""

import sqlalchemy as sa
from alembic import op

revision = "0299"
down_revision = "0298"


def upgrade() -> None:
    op.add_column(
        "rides",
        sa.Column("note_is_public", sa.Boolean(), server_default=sa.false(), nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("rides", "note_is_public", if_exists=True)
