"""One open ride per vehicle."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_index(
        "uq_rides_open_vehicle",
        "rides",
        ["region", "vehicle_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        if_not_exists=True,
    )


def downgrade() -> None:
    if op.get_context().dialect.name == "cockroachdb":
        # A unique index is a constraint there, and goes only with CASCADE.
        op.execute("DROP INDEX IF EXISTS rides@uq_rides_open_vehicle CASCADE")
    else:
        op.drop_index("uq_rides_open_vehicle", table_name="rides", if_exists=True)
