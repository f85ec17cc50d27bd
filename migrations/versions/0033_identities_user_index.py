"""Find what opens an account."""

from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_index("ix_identities_user", "identities", ["region", "user_id"], if_not_exists=True)


def downgrade() -> None:
    op.drop_index("ix_identities_user", table_name="identities", if_exists=True)
