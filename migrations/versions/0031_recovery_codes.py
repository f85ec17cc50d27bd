"""Codes that stand in for a lost authenticator."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("region", Region, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_recovery_codes_users_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "user_id", "digest", name=op.f("pk_recovery_codes")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("recovery_codes", if_exists=True)
