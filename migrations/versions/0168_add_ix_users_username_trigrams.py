"""Add ix_users_username_trigrams: the search of staff."""

from alembic import op

from webapp.db.ddl import gin_columns

revision = "0168"
down_revision = "0167"


def upgrade() -> None:
    op.create_index(
        "ix_users_username_trigrams",
        "users",
        gin_columns("username"),
        postgresql_using="gin",
        postgresql_ops={"username": "gin_trgm_ops"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_users_username_trigrams", "users", if_exists=True)
