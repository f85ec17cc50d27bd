"""Add zones.edited_zone_id: which zone of staff a row is a version of."""

import sqlalchemy as sa
from alembic import op

revision = "0252"
down_revision = "0251"


def upgrade() -> None:
    op.add_column("zones", sa.Column("edited_zone_id", sa.Uuid()), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("zones", "edited_zone_id", if_exists=True)
