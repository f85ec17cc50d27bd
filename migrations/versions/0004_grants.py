"""Roles of accounts."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "grants",
        sa.Column("region", Region, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'fleet', 'admin')", name=op.f("ck_grants_role")),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_grants_users_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "user_id", "role", name=op.f("pk_grants")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("grants", if_exists=True)
