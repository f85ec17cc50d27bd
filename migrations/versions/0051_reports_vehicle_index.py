"""Find a vehicle's reports."""

from alembic import op

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    op.create_index(
        "ix_reports_vehicle", "reports", ["region", "vehicle_id", "state"], if_not_exists=True
    )


def downgrade() -> None:
    op.drop_index("ix_reports_vehicle", table_name="reports", if_exists=True)
