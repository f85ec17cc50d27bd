"""Add ix_users_email_trigrams: the search of staff."""

from alembic import op

from webapp.db.ddl import gin_columns

revision = "0171"
down_revision = "0170"


def upgrade() -> None:
    op.create_index(
        "ix_users_email_trigrams",
        "users",
        gin_columns("email"),
        postgresql_using="gin",
        postgresql_ops={"email": "gin_trgm_ops"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_users_email_trigrams", "users", if_exists=True)
