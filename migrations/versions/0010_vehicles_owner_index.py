"""List the vehicles of an owner."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index(
        "ix_vehicles_owner",
        "vehicles",
        ["owner_region", "owner_id"],
        unique=False,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_vehicles_owner", table_name="vehicles", if_exists=True)
