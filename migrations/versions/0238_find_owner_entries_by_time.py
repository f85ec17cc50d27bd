"""Find the entries of owners in a city by their time."""

from alembic import op

revision = "0238"
down_revision = "0237"


def upgrade() -> None:
    op.create_index(
        "ix_owner_entries_city",
        "owner_entries",
        ["region", "city", "at", "id"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_owner_entries_city", "owner_entries", if_exists=True)
