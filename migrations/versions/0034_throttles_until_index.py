"""Find counts that have had their time."""

from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.create_index("ix_throttles_until", "throttles", ["region", "until"], if_not_exists=True)


def downgrade() -> None:
    op.drop_index("ix_throttles_until", table_name="throttles", if_exists=True)
