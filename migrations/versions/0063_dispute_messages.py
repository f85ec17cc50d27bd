"""What rider and staff write about a ride."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0063"
down_revision = "0062"


def upgrade() -> None:
    op.create_table(
        "dispute_messages",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ride_id", sa.Uuid(), nullable=False),
        sa.Column("author_region", Region, nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("refund", sa.Integer(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["author_region", "author_id"],
            ["users.region", "users.id"],
            name=op.f("fk_dispute_messages_users_author_region"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["region", "ride_id"],
            ["disputes.region", "disputes.ride_id"],
            name=op.f("fk_dispute_messages_disputes_region"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_dispute_messages")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("dispute_messages", if_exists=True)
