"""Find who held a vehicle."""

from alembic import op

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    op.create_index(
        "ix_reservations_vehicle",
        "reservations",
        ["vehicle_region", "vehicle_id"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_reservations_vehicle", table_name="reservations", if_exists=True)
