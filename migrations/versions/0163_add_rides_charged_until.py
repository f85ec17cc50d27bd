"""Add rides.charged_until: until when the rider of a ride that staff ended pays."""

import sqlalchemy as sa
from alembic import op

revision = "0163"
down_revision = "0162"


def upgrade() -> None:
    op.add_column(
        "rides", sa.Column("charged_until", sa.DateTime(timezone=True)), if_not_exists=True
    )


def downgrade() -> None:
    op.drop_column("rides", "charged_until", if_exists=True)
