"""The books: what moved money."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.create_table(
        "wallet_entries",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("ride_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "kind IN ('ride', 'hold', 'top_up', 'payout', 'refund', 'credit')",
            name=op.f("ck_wallet_entries_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["region", "rider_id"],
            ["users.region", "users.id"],
            name=op.f("fk_wallet_entries_users_region"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_wallet_entries")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("wallet_entries", if_exists=True)
