"""One to five."""

from alembic import op

revision = "0077"
down_revision = "0076"


def upgrade() -> None:
    op.create_check_constraint(op.f("ck_rides_rating"), "rides", "rating BETWEEN 1 AND 5")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_rides_rating"), "rides", type_="check", if_exists=True)
