"""List the riders of a city, newest first."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index(
        "ix_users_city",
        "users",
        ["region", "city", "created_at", "id"],
        unique=False,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_users_city", table_name="users", if_exists=True)
