"""Add own_task_kinds: kinds of tasks that cities add."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import GLOBAL

revision = "0157"
down_revision = "0156"


def upgrade() -> None:
    op.create_table(
        "own_task_kinds",
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("city", "name", name=op.f("pk_own_task_kinds")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_own_task_kinds_cities_city")
        ),
        info=GLOBAL,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("own_task_kinds", if_exists=True)
