"""Add job_schedules: when jobs that come again and again are due next."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0124"
down_revision = "0123"


def upgrade() -> None:
    op.create_table(
        "job_schedules",
        sa.Column("region", Region, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "name", name=op.f("pk_job_schedules")),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("job_schedules", if_exists=True)
