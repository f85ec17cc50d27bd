"""Add bulk_action_vehicles: what became of each vehicle of a bulk action."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0187"
down_revision = "0186"


def upgrade() -> None:
    op.create_table(
        "bulk_action_vehicles",
        sa.Column("region", Region, nullable=False),
        sa.Column("bulk_action_id", sa.Uuid(), nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("result", sa.String(16)),
        sa.Column("state_before", sa.String(24)),
        sa.Column("event_count", sa.BigInteger()),
        sa.PrimaryKeyConstraint(
            "region", "bulk_action_id", "vehicle_id", name=op.f("pk_bulk_action_vehicles")
        ),
        sa.ForeignKeyConstraint(
            ["region", "bulk_action_id"],
            ["bulk_actions.region", "bulk_actions.id"],
            name=op.f("fk_bulk_action_vehicles_bulk_actions_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint(
            "result IN ('done', 'ridden', 'unsafe', 'other_state', 'gone', 'refused')",
            name=op.f("ck_bulk_action_vehicles_result"),
        ),
        sa.Index(
            "ix_bulk_action_vehicles_result", "region", "bulk_action_id", "result", "vehicle_id"
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("bulk_action_vehicles", if_exists=True)
