"""Add owner_entries: the ledger of what owners have earned and were paid."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0224"
down_revision = "0223"


def upgrade() -> None:
    op.create_table(
        "owner_entries",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("owner_id", sa.Uuid()),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("net_price", sa.BigInteger()),
        sa.Column("basis_points", sa.BigInteger()),
        sa.Column("ride_id", sa.Uuid()),
        sa.Column("vehicle_id", sa.Uuid()),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("note", sa.String(200), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_owner_entries")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_owner_entries_cities_city")
        ),
        sa.CheckConstraint(
            "kind IN ('ride', 'refund', 'payout', 'write_off')", name=op.f("ck_owner_entries_kind")
        ),
        sa.Index(
            "ix_owner_entries_vehicle",
            "region",
            "owner_id",
            "city",
            "month",
            "vehicle_id",
            "at",
            "id",
            postgresql_include=["net_price", "amount", "kind"],
        ),
        sa.Index(
            "ix_owner_entries_payout",
            "region",
            "owner_id",
            "city",
            "at",
            "id",
            postgresql_where=sa.text("vehicle_id IS NULL"),
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("owner_entries", if_exists=True)
