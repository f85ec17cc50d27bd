"""Add terms_agreements: which terms people have agreed to."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0259"
down_revision = "0258"


def upgrade() -> None:
    op.create_table(
        "terms_agreements",
        sa.Column("region", Region, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column(
            "agreed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.PrimaryKeyConstraint(
            "region", "user_id", "version_id", name=op.f("pk_terms_agreements")
        ),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_terms_agreements_users_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["text_versions.id"],
            name=op.f("fk_terms_agreements_text_versions_version_id"),
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("terms_agreements", if_exists=True)
