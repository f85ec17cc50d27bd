"""Store the money of wallet_lines as BIGINT: prices of 2^31 minor units and more exist."""

from alembic import op

revision = "0089"
down_revision = "0088"
oldest_compatible = "0086"

accepted_risks = {
    "changing-column-type": "Integers of any release fit. On CockroachDB INTEGER is INT8 already and"
    " nothing is rewritten; on PostgreSQL the table is locked while it is."
}


def upgrade() -> None:
    op.execute("ALTER TABLE wallet_lines ALTER COLUMN amount TYPE BIGINT")


def downgrade() -> None:
    op.execute("ALTER TABLE wallet_lines ALTER COLUMN amount TYPE INTEGER")
