"""How often something was tried."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "throttles",
        sa.Column("region", Region, nullable=False),
        sa.Column("bucket", sa.String(length=80), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "bucket", name=op.f("pk_throttles")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("throttles", if_exists=True)
