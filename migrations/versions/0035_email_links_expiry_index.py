"""Find links that have had their time."""

from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.create_index(
        "ix_email_links_expiry", "email_links", ["region", "expires_at"], if_not_exists=True
    )


def downgrade() -> None:
    op.drop_index("ix_email_links_expiry", table_name="email_links", if_exists=True)
