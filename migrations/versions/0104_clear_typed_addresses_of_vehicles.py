"""Clear the addresses of vehicles that riders typed: since then only staff and the rider see them."""

from alembic import op

revision = "0104"
down_revision = "0103"

#: An address that an owner or staff wrote is not the end of a ride, and stays.
STATEMENT = """
UPDATE vehicles SET address = NULL
WHERE address IS NOT NULL AND EXISTS (
    SELECT 1 FROM rides
    WHERE rides.region = vehicles.region
      AND rides.vehicle_id = vehicles.id
      AND rides.end_address = vehicles.address
)
"""


def upgrade() -> None:
    op.execute(STATEMENT)


def downgrade() -> None:
    """Does nothing: the words stay with the rides."""
