"""Add notice_texts: what a notice says in a language."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import GLOBAL

revision = "0301"
down_revision = "0300"


def upgrade() -> None:
    op.create_table(
        "notice_texts",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(3), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("text", sa.String(10_000), nullable=False),
        sa.PrimaryKeyConstraint("notice_id", "language", name=op.f("pk_notice_texts")),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notices.id"],
            name=op.f("fk_notice_texts_notices_notice_id"),
            ondelete="CASCADE",
        ),
        info=GLOBAL,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("notice_texts", if_exists=True)
