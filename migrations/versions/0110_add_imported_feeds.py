"""Add imported_feeds: how old the copy of a feed is that was imported last."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import GLOBAL

revision = "0110"
down_revision = "0109"

TIMESTAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "imported_feeds",
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("system", sa.String(120), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("last_updated_at", TIMESTAMP),
        sa.Column("imported_at", TIMESTAMP, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("city", "system", name=op.f("pk_imported_feeds")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_imported_feeds_cities_city")
        ),
        info=GLOBAL,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("imported_feeds", if_exists=True)
