"""What a ride came to."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"


def upgrade() -> None:
    op.add_column(
        "rides",
        sa.Column(
            "price",
            sa.Integer(),
            sa.CheckConstraint("price >= 0", name=op.f("ck_rides_price")),
            nullable=True,
        ),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("rides", "price", if_exists=True)
