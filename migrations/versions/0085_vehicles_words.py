"""What a vehicle is found by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0085"
down_revision = "0084"


def upgrade() -> None:
    op.add_column(
        "vehicles",
        sa.Column(
            "words",
            postgresql.ARRAY(sa.String()),
            sa.Computed(
                "string_to_array(lower(replace(brand || ' ' || color || ' ' || coalesce(address, ''), ',', ' ')), ' ')",
                persisted=True,
            ),
            nullable=False,
        ),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("vehicles", "words", if_exists=True)
