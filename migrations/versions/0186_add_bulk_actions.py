"""Add bulk_actions: actions of staff with many vehicles."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0186"
down_revision = "0185"


def upgrade() -> None:
    op.create_table(
        "bulk_actions",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("action", sa.String(24), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("filter", postgresql.JSONB()),
        sa.Column("undoes_id", sa.Uuid()),
        sa.Column("creator_region", Region),
        sa.Column("creator_id", sa.Uuid()),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_bulk_actions")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_bulk_actions_cities_city")
        ),
        sa.ForeignKeyConstraint(
            ["creator_region", "creator_id"],
            ["users.region", "users.id"],
            name=op.f("fk_bulk_actions_users_creator_region"),
            ondelete="SET NULL",
            onupdate="CASCADE",
        ),
        sa.Index("ix_bulk_actions_city", "region", "city", "created_at", "id"),
        sa.Index("ix_bulk_actions_created", "region", "created_at"),
        sa.Index("ix_bulk_actions_creator", "creator_region", "creator_id", "created_at", "id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("bulk_actions", if_exists=True)
