"""Add zones.version: the newest version of a zone that staff edit."""

import sqlalchemy as sa
from alembic import op

revision = "0253"
down_revision = "0252"


def upgrade() -> None:
    op.add_column("zones", sa.Column("version", sa.BigInteger()), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("zones", "version", if_exists=True)
