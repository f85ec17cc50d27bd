"""No ride costs less than nothing."""

from alembic import op

revision = "0074"
down_revision = "0073"


def upgrade() -> None:
    op.create_check_constraint(op.f("ck_rides_price"), "rides", "price >= 0")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_rides_price"), "rides", type_="check", if_exists=True)
