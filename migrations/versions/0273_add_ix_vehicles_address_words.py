"""Find the vehicles of a city by words of their address: the search of visitors."""

import sqlalchemy as sa
from alembic import op

from webapp.db.ddl import gin_columns

revision = "0273"
down_revision = "0272"


def upgrade() -> None:
    # An expression, and no column: the release before writes the index, too, and no row changes.
    words = sa.text("string_to_array(lower(replace(address, ',', ' ')), ' ')")
    op.create_index(
        "ix_vehicles_address_words",
        "vehicles",
        gin_columns(words),
        postgresql_using="gin",
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_vehicles_address_words", "vehicles", if_exists=True)
