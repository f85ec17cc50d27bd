"""Add ix_users_last_name_trigrams: the search of staff."""

from alembic import op

from webapp.db.ddl import gin_columns

revision = "0170"
down_revision = "0169"


def upgrade() -> None:
    op.create_index(
        "ix_users_last_name_trigrams",
        "users",
        gin_columns("last_name"),
        postgresql_using="gin",
        postgresql_ops={"last_name": "gin_trgm_ops"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_users_last_name_trigrams", "users", if_exists=True)
