"""Add data_export_parts: the bytes of the archives."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0126"
down_revision = "0125"


def upgrade() -> None:
    op.create_table(
        "data_export_parts",
        sa.Column("region", Region, nullable=False),
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("region", "export_id", "number", name=op.f("pk_data_export_parts")),
        sa.ForeignKeyConstraint(
            ["region", "export_id"],
            ["data_exports.region", "data_exports.id"],
            name=op.f("fk_data_export_parts_data_exports_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("data_export_parts", if_exists=True)
