"""Add notification_choices: how accounts get their notifications."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0292"
down_revision = "0291"


def upgrade() -> None:
    op.create_table(
        "notification_choices",
        sa.Column("region", Region, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("channels", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("region", "user_id", name=op.f("pk_notification_choices")),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_notification_choices_users_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("notification_choices", if_exists=True)
