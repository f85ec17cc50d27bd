"""Add vehicle_types.labels: the names of a type by language."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0321"
down_revision = "0320"


def upgrade() -> None:
    op.add_column(
        "vehicle_types",
        sa.Column("labels", JSONB(), server_default="{}", nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("vehicle_types", "labels", if_exists=True)
