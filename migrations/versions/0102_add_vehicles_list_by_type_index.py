"""Order the lists of one type of vehicle by public ids."""

from alembic import op

revision = "0102"
down_revision = "0101"

COLUMNS = ["region", "city", "state", "form_factor", "public_id"]


def upgrade() -> None:
    op.create_index("ix_vehicles_list_by_type", "vehicles", COLUMNS, if_not_exists=True)


def downgrade() -> None:
    op.drop_index("ix_vehicles_list_by_type", "vehicles", if_exists=True)
