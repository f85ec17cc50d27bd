"""Add task_parts: the parts that were used for tasks."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0155"
down_revision = "0154"


def upgrade() -> None:
    op.create_table(
        "task_parts",
        sa.Column("region", Region, nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger()),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.PrimaryKeyConstraint("region", "task_id", "number", name=op.f("pk_task_parts")),
        sa.ForeignKeyConstraint(
            ["region", "task_id"],
            ["tasks.region", "tasks.id"],
            name=op.f("fk_task_parts_tasks_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint("count > 0", name=op.f("ck_task_parts_count")),
        sa.CheckConstraint("cost >= 0", name=op.f("ck_task_parts_cost")),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("task_parts", if_exists=True)
