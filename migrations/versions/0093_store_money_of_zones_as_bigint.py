"""Store the money of zones as BIGINT: prices of 2^31 minor units and more exist."""

from alembic import op

revision = "0093"
down_revision = "0092"
oldest_compatible = "0086"

accepted_risks = {
    "changing-column-type": "Integers of any release fit. On CockroachDB INTEGER is INT8 already and"
    " nothing is rewritten; on PostgreSQL the table is locked while it is."
}


def upgrade() -> None:
    op.execute("ALTER TABLE zones ALTER COLUMN fee TYPE BIGINT")


def downgrade() -> None:
    op.execute("ALTER TABLE zones ALTER COLUMN fee TYPE INTEGER")
