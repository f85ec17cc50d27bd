"""The code of a vehicle is unique within its region, so that adding one asks no other region."""

from alembic import op

revision = "0087"
down_revision = "0086"


def upgrade() -> None:
    op.create_index(
        "uq_vehicles_region_code", "vehicles", ["region", "code"], unique=True, if_not_exists=True
    )


def downgrade() -> None:
    op.drop_index("uq_vehicles_region_code", "vehicles", if_exists=True)
