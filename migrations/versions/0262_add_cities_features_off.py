"""Add cities.features_off: what is switched off in a city."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0262"
down_revision = "0261"


def upgrade() -> None:
    op.add_column(
        "cities",
        sa.Column("features_off", ARRAY(sa.String(32)), server_default="{}", nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("cities", "features_off", if_exists=True)
