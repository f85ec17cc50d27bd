"""Add zones.valid_until: until when a zone applies."""

import sqlalchemy as sa
from alembic import op

revision = "0108"
down_revision = "0107"


def upgrade() -> None:
    column = sa.Column("valid_until", sa.DateTime(timezone=True))
    op.add_column("zones", column, if_not_exists=True)


def downgrade() -> None:
    op.drop_column("zones", "valid_until", if_exists=True)
