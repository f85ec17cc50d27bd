"""Add digest_choices: which weekly mails an account gets."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0135"
down_revision = "0134"


def upgrade() -> None:
    op.create_table(
        "digest_choices",
        sa.Column("region", Region, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("rider", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("owner", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("region", "user_id", name=op.f("pk_digest_choices")),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_digest_choices_users_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("digest_choices", if_exists=True)
