"""Add zones.valid_from: from when on a zone applies."""

import sqlalchemy as sa
from alembic import op

revision = "0107"
down_revision = "0106"


def upgrade() -> None:
    column = sa.Column("valid_from", sa.DateTime(timezone=True))
    op.add_column("zones", column, if_not_exists=True)


def downgrade() -> None:
    op.drop_column("zones", "valid_from", if_exists=True)
