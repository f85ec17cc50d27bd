"""Find out whether few vehicles of a city are of some types, or have a range."""

from alembic import op

revision = "0117"
down_revision = "0116"

COLUMNS = ["region", "city", "state", "form_factor", "propulsion_type", "range_m"]


def upgrade() -> None:
    op.create_index("ix_vehicles_type_range", "vehicles", COLUMNS, if_not_exists=True)


def downgrade() -> None:
    op.drop_index("ix_vehicles_type_range", "vehicles", if_exists=True)
