"""Add text_versions: terms, privacy, help and notices, in versions."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import GLOBAL, Region

revision = "0258"
down_revision = "0257"


def upgrade() -> None:
    op.create_table(
        "text_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("city", sa.String(64), nullable=True),
        sa.Column("language", sa.String(3), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(100_000), nullable=False),
        sa.Column("summary", sa.String(1_000), nullable=False),
        sa.Column("requires_agreement", sa.Boolean(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column("author_region", Region, nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("why", sa.String(280), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_versions")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_text_versions_cities_city")
        ),
        sa.ForeignKeyConstraint(
            ["author_region", "author_id"],
            ["users.region", "users.id"],
            name=op.f("fk_text_versions_users_author_region"),
            ondelete="SET NULL",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint(
            "kind IN ('terms', 'privacy', 'help', 'notice')", name=op.f("ck_text_versions_kind")
        ),
        sa.CheckConstraint(
            "effective_until >= effective_from", name=op.f("ck_text_versions_effective_until")
        ),
        sa.Index(
            "ix_text_versions_text",
            "kind",
            "city",
            "language",
            "effective_from",
            "version",
            "effective_until",
        ),
        sa.Index("ix_text_versions_author", "author_region", "author_id"),
        info=GLOBAL,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("text_versions", if_exists=True)
