"""Store the money of pricing_plans as BIGINT: prices of 2^31 minor units and more exist."""

from alembic import op

revision = "0092"
down_revision = "0091"
oldest_compatible = "0086"

accepted_risks = {
    "changing-column-type": "Integers of any release fit. On CockroachDB INTEGER is INT8 already and"
    " nothing is rewritten; on PostgreSQL the table is locked while it is."
}


def upgrade() -> None:
    op.execute(
        "ALTER TABLE pricing_plans "
        "ALTER COLUMN unlock_fee TYPE BIGINT, "
        "ALTER COLUMN reservation_rate TYPE BIGINT, "
        "ALTER COLUMN daily_cap TYPE BIGINT, "
        "ALTER COLUMN parking_fee TYPE BIGINT"
    )


def downgrade() -> None:
    op.execute(
        "ALTER TABLE pricing_plans "
        "ALTER COLUMN unlock_fee TYPE INTEGER, "
        "ALTER COLUMN reservation_rate TYPE INTEGER, "
        "ALTER COLUMN daily_cap TYPE INTEGER, "
        "ALTER COLUMN parking_fee TYPE INTEGER"
    )
