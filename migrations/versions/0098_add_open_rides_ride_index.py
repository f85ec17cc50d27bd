"""Find the open ride of a ride that moves to another region."""

from alembic import op

revision = "0098"
down_revision = "0097"


def upgrade() -> None:
    op.create_index(
        "ix_open_rides_ride",
        "open_rides",
        ["region", "ride_region", "ride_id"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_open_rides_ride", "open_rides", if_exists=True)
