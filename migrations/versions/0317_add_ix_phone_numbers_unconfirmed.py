"""Find the phone numbers of a region that nobody has confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0317"
down_revision = "0316"


def upgrade() -> None:
    op.create_index(
        "ix_phone_numbers_unconfirmed",
        "phone_numbers",
        ["region", "created_at"],
        postgresql_where=sa.text("confirmed_at IS NULL"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_phone_numbers_unconfirmed", "phone_numbers", if_exists=True)
