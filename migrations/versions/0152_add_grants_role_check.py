"""Let grants.role also be support, mechanic and analyst."""

from alembic import op

from webapp.db.ddl import add_check

revision = "0152"
down_revision = "0151"
oldest_compatible = "0086"

accepted_risks = {
    "ban-drop-constraint": "The one that is dropped is the same: an interrupted run of this revision"
    " has added it."
}

ROLES = "role IN ('owner', 'support', 'mechanic', 'analyst', 'fleet', 'admin')"


def upgrade() -> None:
    add_check("grants", "ck_grants_role", ROLES)


def downgrade() -> None:
    op.execute("ALTER TABLE grants DROP CONSTRAINT IF EXISTS ck_grants_role")
