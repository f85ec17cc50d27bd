"""Add zones.labels: the names of a zone by language."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0323"
down_revision = "0322"


def upgrade() -> None:
    op.add_column(
        "zones",
        sa.Column("labels", JSONB(), server_default="{}", nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("zones", "labels", if_exists=True)
