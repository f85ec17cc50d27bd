"""No list is ordered by age within a type any more."""

from alembic import op

revision = "0103"
down_revision = "0102"
oldest_compatible = "0086"

accepted_risks = {
    "require-concurrent-index-deletion": "It takes a moment, and lock_timeout limits the wait for it."
    " The release before reads ix_vehicles_newest instead, and filters."
}

NAME = "ix_vehicles_newest_of_type"
COLUMNS = ["region", "city", "state", "form_factor", "created_at", "id"]


def upgrade() -> None:
    op.drop_index(NAME, "vehicles", if_exists=True)


def downgrade() -> None:
    op.create_index(NAME, "vehicles", COLUMNS, if_not_exists=True)
