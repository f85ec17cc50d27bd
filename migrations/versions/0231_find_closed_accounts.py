"""Find the closed accounts of a city, which are few, among all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0231"
down_revision = "0230"


def upgrade() -> None:
    op.create_index(
        "ix_users_closed",
        "users",
        ["region", "city", "created_at", "id"],
        postgresql_where=sa.text("disabled_at IS NOT NULL"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_users_closed", "users", if_exists=True)
