"""Photos of reports."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0060"
down_revision = "0059"


def upgrade() -> None:
    op.create_table(
        "report_photos",
        sa.Column("region", Region, nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region", "report_id"],
            ["reports.region", "reports.id"],
            name=op.f("fk_report_photos_reports_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "report_id", "number", name=op.f("pk_report_photos")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("report_photos", if_exists=True)
