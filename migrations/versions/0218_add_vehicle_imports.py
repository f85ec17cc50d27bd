"""Add vehicle_imports: files with vehicles that owners uploaded."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0218"
down_revision = "0217"


def upgrade() -> None:
    op.create_table(
        "vehicle_imports",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("owner_region", Region, nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("file_hash", sa.String(64), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("applied_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_vehicle_imports")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_vehicle_imports_cities_city")
        ),
        sa.ForeignKeyConstraint(
            ["owner_region", "owner_id"],
            ["users.region", "users.id"],
            name=op.f("fk_vehicle_imports_users_owner_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.Index("ix_vehicle_imports_owner", "owner_region", "owner_id", "created_at", "id"),
        sa.Index("ix_vehicle_imports_created", "region", "created_at"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("vehicle_imports", if_exists=True)
