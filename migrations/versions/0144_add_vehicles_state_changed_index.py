"""Find the vehicles that are in a state for long."""

from alembic import op

revision = "0144"
down_revision = "0143"


def upgrade() -> None:
    op.create_index(
        "ix_vehicles_state_changed",
        "vehicles",
        ["region", "city", "state", "state_changed_at", "id"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_vehicles_state_changed", "vehicles", if_exists=True)
