"""Find paths that have had their time."""

from alembic import op

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    op.create_index(
        "ix_ride_paths_changed", "ride_paths", ["region", "changed_at"], if_not_exists=True
    )


def downgrade() -> None:
    op.drop_index("ix_ride_paths_changed", table_name="ride_paths", if_exists=True)
