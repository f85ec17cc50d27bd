"""Authenticator apps."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column("region", Region, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.String(length=255), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_second_factors_users_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "user_id", name=op.f("pk_second_factors")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("second_factors", if_exists=True)
