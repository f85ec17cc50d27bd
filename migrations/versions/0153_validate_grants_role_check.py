"""Validate the wider CHECK of grants.role."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0153"
down_revision = "0152"

ROLES = "role IN ('owner', 'support', 'mechanic', 'analyst', 'fleet', 'admin')"


def upgrade() -> None:
    op.execute("ALTER TABLE grants VALIDATE CONSTRAINT ck_grants_role")


def downgrade() -> None:
    add_check("grants", "ck_grants_role", ROLES)
