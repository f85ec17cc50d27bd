"""Find the staff, who are few, among all who have a role: most of those are owners."""

import sqlalchemy as sa
from alembic import op

revision = "0194"
down_revision = "0193"


def upgrade() -> None:
    op.create_index(
        "ix_grants_staff",
        "grants",
        ["region", "role"],
        postgresql_where=sa.text("role <> 'owner'"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_grants_staff", "grants", if_exists=True)
