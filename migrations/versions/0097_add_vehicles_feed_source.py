"""Keep with each imported vehicle which feed may change it."""

import sqlalchemy as sa
from alembic import op

revision = "0097"
down_revision = "0096"


def upgrade() -> None:
    op.add_column("vehicles", sa.Column("feed_source", sa.String(300)), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("vehicles", "feed_source", if_exists=True)
