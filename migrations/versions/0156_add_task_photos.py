"""Add task_photos: photos of tasks that are done."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0156"
down_revision = "0155"


def upgrade() -> None:
    op.create_table(
        "task_photos",
        sa.Column("region", Region, nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("region", "task_id", "number", name=op.f("pk_task_photos")),
        sa.ForeignKeyConstraint(
            ["region", "task_id"],
            ["tasks.region", "tasks.id"],
            name=op.f("fk_task_photos_tasks_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("task_photos", if_exists=True)
