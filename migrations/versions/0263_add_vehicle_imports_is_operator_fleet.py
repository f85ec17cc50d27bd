"""Add vehicle_imports.is_operator_fleet: staff upload vehicles of the operator."""

import sqlalchemy as sa
from alembic import op

revision = "0263"
down_revision = "0262"


def upgrade() -> None:
    op.add_column(
        "vehicle_imports",
        sa.Column("is_operator_fleet", sa.Boolean(), server_default="false", nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("vehicle_imports", "is_operator_fleet", if_exists=True)
