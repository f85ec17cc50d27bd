"""Store the money of payments as BIGINT: prices of 2^31 minor units and more exist."""

from alembic import op

revision = "0090"
down_revision = "0089"
oldest_compatible = "0086"

accepted_risks = {
    "changing-column-type": "Integers of any release fit. On CockroachDB INTEGER is INT8 already and"
    " nothing is rewritten; on PostgreSQL the table is locked while it is."
}


def upgrade() -> None:
    op.execute(
        "ALTER TABLE payments ALTER COLUMN amount TYPE BIGINT, ALTER COLUMN paid_back TYPE BIGINT"
    )


def downgrade() -> None:
    op.execute(
        "ALTER TABLE payments ALTER COLUMN amount TYPE INTEGER, ALTER COLUMN paid_back TYPE INTEGER"
    )
