"""Add pricing_plans.labels: the names of a plan by language."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0322"
down_revision = "0321"


def upgrade() -> None:
    op.add_column(
        "pricing_plans",
        sa.Column("labels", JSONB(), server_default="{}", nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("pricing_plans", "labels", if_exists=True)
