"""Add vehicle_import_rows: the vehicles of these files, until they are added."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0219"
down_revision = "0218"


def upgrade() -> None:
    op.create_table(
        "vehicle_import_rows",
        sa.Column("region", Region, nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("form_factor", sa.String(24), nullable=False),
        sa.Column("propulsion_type", sa.String(24), nullable=False),
        sa.Column("brand", sa.String(60), nullable=False),
        sa.Column("color", sa.String(30), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "region", "import_id", "number", name=op.f("pk_vehicle_import_rows")
        ),
        sa.ForeignKeyConstraint(
            ["region", "import_id"],
            ["vehicle_imports.region", "vehicle_imports.id"],
            name=op.f("fk_vehicle_import_rows_vehicle_imports_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("vehicle_import_rows", if_exists=True)
