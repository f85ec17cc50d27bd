"""Find the links that an account was sent."""

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.create_index("ix_email_links_user", "email_links", ["region", "user_id"], if_not_exists=True)


def downgrade() -> None:
    op.drop_index("ix_email_links_user", table_name="email_links", if_exists=True)
