"""The plan of a ride is there."""

from alembic import op

revision = "0067"
down_revision = "0066"


def upgrade() -> None:
    op.create_foreign_key(
        op.f("fk_rides_pricing_plans_plan_id"), "rides", "pricing_plans", ["plan_id"], ["id"]
    )


def downgrade() -> None:
    op.drop_constraint(
        op.f("fk_rides_pricing_plans_plan_id"), "rides", type_="foreignkey", if_exists=True
    )
