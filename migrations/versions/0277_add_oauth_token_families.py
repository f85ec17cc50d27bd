"""Add oauth_token_families: the authorization codes and refresh tokens of apps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0277"
down_revision = "0276"


def upgrade() -> None:
    op.create_table(
        "oauth_token_families",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", ARRAY(sa.String(32)), nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column("code_digest", sa.String(64), nullable=False),
        sa.Column("redirect_uri", sa.String(261), nullable=False),
        sa.Column("code_challenge", sa.String(43), nullable=False),
        sa.Column("code_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_digest", sa.String(64), server_default="", nullable=False),
        sa.Column("previous_digest", sa.String(64), server_default="", nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_oauth_token_families")),
        sa.ForeignKeyConstraint(
            ["region", "user_id", "client_id"],
            ["oauth_grants.region", "oauth_grants.user_id", "oauth_grants.client_id"],
            name="fk_oauth_token_families_grant",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.Index("ix_oauth_token_families_grant", "region", "user_id", "client_id", "created_at"),
        sa.Index("ix_oauth_token_families_expiry", "region", "expires_at"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("oauth_token_families", if_exists=True)
