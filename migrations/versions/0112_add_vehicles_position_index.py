"""Find the vehicles around a point in strips of cells, which are as small as the search needs."""

from alembic import op

revision = "0112"
down_revision = "0111"

COLUMNS = ["region", "city", "state", "cell", "lat", "lon"]


def upgrade() -> None:
    op.create_index("ix_vehicles_position", "vehicles", COLUMNS, if_not_exists=True)


def downgrade() -> None:
    op.drop_index("ix_vehicles_position", "vehicles", if_exists=True)
