"""Find the vehicles of a city whose reservation has ended, by their form factor."""

import sqlalchemy as sa
from alembic import op

revision = "0257"
down_revision = "0256"


def upgrade() -> None:
    op.create_index(
        "ix_vehicles_reserved_until",
        "vehicles",
        ["region", "city", "reserved_until", "form_factor"],
        postgresql_where=sa.text("state = 'reserved'"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_vehicles_reserved_until", "vehicles", if_exists=True)
