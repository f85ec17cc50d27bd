"""A ride keeps the plan it began with."""

from alembic import op

revision = "0066"
down_revision = "0065"


def upgrade() -> None:
    # With its key in one statement: as a second one, it could not be run again on CockroachDB.
    op.execute(
        "ALTER TABLE rides ADD COLUMN IF NOT EXISTS plan_id UUID"
        " CONSTRAINT fk_rides_pricing_plans_plan_id REFERENCES pricing_plans (id)"
    )


def downgrade() -> None:
    op.drop_column("rides", "plan_id", if_exists=True)
