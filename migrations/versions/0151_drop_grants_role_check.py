"""Drop the CHECK of grants.role, which the next revision makes wider."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0151"
down_revision = "0150"
oldest_compatible = "0086"

accepted_risks = {
    "ban-drop-constraint": "The next revision adds it again, and allows more; until then releases"
    " write only what it allowed."
}


def upgrade() -> None:
    op.execute("ALTER TABLE grants DROP CONSTRAINT IF EXISTS ck_grants_role")


def downgrade() -> None:
    add_check("grants", "ck_grants_role", "role IN ('owner', 'fleet', 'admin')")
    op.execute("ALTER TABLE grants VALIDATE CONSTRAINT ck_grants_role")
