"""Find a rider's places."""

from alembic import op

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    op.create_index(
        "ix_saved_places_rider",
        "saved_places",
        ["region", "rider_id", "created_at"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_saved_places_rider", table_name="saved_places", if_exists=True)
