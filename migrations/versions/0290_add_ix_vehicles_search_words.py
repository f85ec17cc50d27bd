"""Find the vehicles of a city by words without regard to case and accents."""

from alembic import op

from webapp.db.ddl import gin_columns

revision = "0290"
down_revision = "0289"


def upgrade() -> None:
    op.create_index(
        "ix_vehicles_search_words",
        "vehicles",
        gin_columns("search_words"),
        postgresql_using="gin",
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_vehicles_search_words", "vehicles", if_exists=True)
