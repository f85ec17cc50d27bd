"""Add scheduled_exports: exports whose links are sent again and again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0220"
down_revision = "0219"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "scheduled_exports",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("table_name", sa.String(24), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("filters", postgresql.JSONB(), nullable=False),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_scheduled_exports")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_scheduled_exports_cities_city")
        ),
        # Releases that do not know the table delete and move accounts too.
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_scheduled_exports_users_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint(
            "period IN ('day', 'week', 'month')", name=op.f("ck_scheduled_exports_period")
        ),
        sa.Index("ix_scheduled_exports_user", "region", "user_id", "created_at"),
        sa.Index("ix_scheduled_exports_due", "region", "due_at"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("scheduled_exports", if_exists=True)
