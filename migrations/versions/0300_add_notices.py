"""Add notices: what the operator tells people of a city."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import GLOBAL, Region

revision = "0300"
down_revision = "0299"


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64)),
        sa.Column("shown_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_until", sa.DateTime(timezone=True)),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("alert_type", sa.String(24), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("author_region", Region),
        sa.Column("author_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_notices_cities_city")),
        sa.ForeignKeyConstraint(
            ["author_region", "author_id"],
            ["users.region", "users.id"],
            name=op.f("fk_notices_users_author_region"),
            ondelete="SET NULL",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint("shown_until >= shown_from", name=op.f("ck_notices_shown_until")),
        sa.Index("ix_notices_city", "city", "shown_from", "id"),
        sa.Index("ix_notices_author", "author_region", "author_id"),
        info=GLOBAL,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("notices", if_exists=True)
