"""Find the vehicles that are not counted as what and where they are: at first all."""

import sqlalchemy as sa
from alembic import op

revision = "0266"
down_revision = "0265"


def upgrade() -> None:
    op.create_index(
        "ix_vehicles_to_count",
        "vehicles",
        [
            "region",
            "city",
            "state",
            "form_factor",
            "counted_as",
            "cell",
            "counted_cell",
            "picked_up_at",
            "id",
        ],
        postgresql_where=sa.text(
            "CASE WHEN counted_as IS DISTINCT FROM CASE WHEN state = 'removed' AND picked_up_at IS NULL"
            " THEN NULL ELSE state || ' ' || form_factor END OR counted_cell IS DISTINCT FROM cell"
            " THEN 1 ELSE 0 END = 1"
        ),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_vehicles_to_count", "vehicles", if_exists=True)
