"""Accounts at other issuers that open one here."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "identities",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identities_issuer")),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_identities_users_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_identities")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("identities", if_exists=True)
