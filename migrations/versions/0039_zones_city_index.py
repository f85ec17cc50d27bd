"""Find the zones of a city."""

from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.create_index("ix_zones_city", "zones", ["city", "position"], if_not_exists=True)


def downgrade() -> None:
    op.drop_index("ix_zones_city", table_name="zones", if_exists=True)
