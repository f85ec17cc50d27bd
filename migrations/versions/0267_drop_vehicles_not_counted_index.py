"""Drop ix_vehicles_not_counted: ix_vehicles_to_count finds its vehicles."""

import sqlalchemy as sa
from alembic import op

revision = "0267"
down_revision = "0266"
oldest_compatible = "0086"

accepted_risks = {
    "require-concurrent-index-deletion": "It takes a moment, and lock_timeout limits the wait for it."
    " Boards of the release before read more rows without it, and are right."
}


def upgrade() -> None:
    op.drop_index("ix_vehicles_not_counted", "vehicles", if_exists=True)


def downgrade() -> None:
    op.create_index(
        "ix_vehicles_not_counted",
        "vehicles",
        ["region", "city", "state", "form_factor", "counted_as", "picked_up_at", "id"],
        postgresql_where=sa.text(
            "CASE WHEN counted_as IS DISTINCT FROM CASE WHEN state = 'removed' AND picked_up_at IS NULL"
            " THEN NULL ELSE state || ' ' || form_factor END THEN 1 ELSE 0 END = 1"
        ),
        if_not_exists=True,
    )
