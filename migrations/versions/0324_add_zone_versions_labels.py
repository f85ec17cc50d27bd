"""Add zone_versions.labels: the names of a zone by language, as a version has them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0324"
down_revision = "0323"


def upgrade() -> None:
    op.add_column(
        "zone_versions",
        sa.Column("labels", JSONB(), server_default="{}", nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("zone_versions", "labels", if_exists=True)
