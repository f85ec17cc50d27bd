"""Add saved_replies: texts that staff use again and again in answers."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import GLOBAL

revision = "0208"
down_revision = "0207"


def upgrade() -> None:
    op.create_table(
        "saved_replies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64)),
        sa.Column("queue", sa.String(16), nullable=False),
        sa.Column("language", sa.String(3), nullable=False),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_replies")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_saved_replies_cities_city")
        ),
        sa.CheckConstraint("queue IN ('reports', 'disputes')", name=op.f("ck_saved_replies_queue")),
        sa.Index("ix_saved_replies_city", "city"),
        info=GLOBAL,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("saved_replies", if_exists=True)
