"""Find vehicles that have changed."""

from alembic import op

revision = "0084"
down_revision = "0083"


def upgrade() -> None:
    op.create_index(
        "ix_vehicles_changed", "vehicles", ["region", "city", "changed_at"], if_not_exists=True
    )


def downgrade() -> None:
    op.drop_index("ix_vehicles_changed", table_name="vehicles", if_exists=True)
