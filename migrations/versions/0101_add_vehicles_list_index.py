"""Order the lists of a city's vehicles by public ids, which change with each ride."""

from alembic import op

revision = "0101"
down_revision = "0100"

COLUMNS = ["region", "city", "state", "public_id"]


def upgrade() -> None:
    op.create_index("ix_vehicles_list", "vehicles", COLUMNS, if_not_exists=True)


def downgrade() -> None:
    op.drop_index("ix_vehicles_list", "vehicles", if_exists=True)
