"""How a ride was."""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"


def upgrade() -> None:
    op.add_column(
        "rides",
        sa.Column(
            "rating",
            sa.Integer(),
            sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_rides_rating")),
            nullable=True,
        ),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("rides", "rating", if_exists=True)
