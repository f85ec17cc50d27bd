"""Add data_exports: archives of the personal data of large accounts, written by workers."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0125"
down_revision = "0124"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    now, zero = sa.text("now()"), sa.text("0")
    op.create_table(
        "data_exports",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("requested_at", moment, server_default=now, nullable=False),
        sa.Column("worker", sa.String(80), nullable=True),
        sa.Column("changed_at", moment, server_default=now, nullable=False),
        sa.Column("file_count", sa.BigInteger(), server_default=zero, nullable=False),
        sa.Column("row_count", sa.BigInteger(), server_default=zero, nullable=False),
        sa.Column("part_count", sa.BigInteger(), server_default=zero, nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), server_default=zero, nullable=False),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("failed_at", moment, nullable=True),
        sa.Column("expires_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_data_exports")),
        sa.UniqueConstraint("region", "user_id", name=op.f("uq_data_exports_user")),
        # Releases that do not know the table delete and move accounts too.
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_data_exports_users_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.Index("ix_data_exports_expiry", "region", "expires_at"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("data_exports", if_exists=True)
