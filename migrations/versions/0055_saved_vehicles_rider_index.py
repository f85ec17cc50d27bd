"""Find a rider's vehicles."""

from alembic import op

revision = "0055"
down_revision = "0054"


def upgrade() -> None:
    op.create_index(
        "ix_saved_vehicles_rider",
        "saved_vehicles",
        ["rider_region", "rider_id", "saved_at", "vehicle_id"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_saved_vehicles_rider", table_name="saved_vehicles", if_exists=True)
