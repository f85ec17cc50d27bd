"""Payments of riders."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.create_table(
        "payments",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("provider", sa.String(length=24), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("paid_back", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('begun', 'paid', 'failed')", name=op.f("ck_payments_state")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.CheckConstraint("paid_back BETWEEN 0 AND amount", name=op.f("ck_payments_paid_back")),
        sa.ForeignKeyConstraint(
            ["region", "rider_id"],
            ["users.region", "users.id"],
            name=op.f("fk_payments_users_region"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_payments")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("payments", if_exists=True)
