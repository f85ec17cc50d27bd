"""Add account_notes: notes of staff about accounts."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0232"
down_revision = "0231"


def upgrade() -> None:
    op.create_table(
        "account_notes",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("author_region", Region, nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_account_notes")),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_account_notes_users_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["author_region", "author_id"],
            ["users.region", "users.id"],
            name=op.f("fk_account_notes_users_author_region"),
            ondelete="SET NULL",
            onupdate="CASCADE",
        ),
        sa.Index("ix_account_notes_author", "author_region", "author_id"),
        sa.Index("ix_account_notes_user", "region", "user_id", "created_at", "id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("account_notes", if_exists=True)
