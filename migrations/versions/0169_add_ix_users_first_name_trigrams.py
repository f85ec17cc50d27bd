"""Add ix_users_first_name_trigrams: the search of staff."""

from alembic import op

from webapp.db.ddl import gin_columns

revision = "0169"
down_revision = "0168"


def upgrade() -> None:
    op.create_index(
        "ix_users_first_name_trigrams",
        "users",
        gin_columns("first_name"),
        postgresql_using="gin",
        postgresql_ops={"first_name": "gin_trgm_ops"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_users_first_name_trigrams", "users", if_exists=True)
