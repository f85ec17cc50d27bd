"""The code of a vehicle need not be unique in the world."""

from alembic import op

revision = "0088"
down_revision = "0087"
oldest_compatible = "0086"

accepted_risks = {
    "require-concurrent-index-deletion": "It takes a moment, and lock_timeout limits the wait for it."
    " The release before finds codes by uq_vehicles_region_code, in each region."
}


def upgrade() -> None:
    op.drop_index("uq_vehicles_code", "vehicles", if_exists=True)


def downgrade() -> None:
    """Fails where two regions have given out the same code since."""
    op.create_index("uq_vehicles_code", "vehicles", ["code"], unique=True, if_not_exists=True)
