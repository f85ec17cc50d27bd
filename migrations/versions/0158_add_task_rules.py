"""Add task_rules: rules that make tasks."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import GLOBAL

revision = "0158"
down_revision = "0157"


def upgrade() -> None:
    op.create_table(
        "task_rules",
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("trigger", sa.String(24), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("battery_percent", sa.BigInteger()),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("own_kind", sa.String(40), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("city", "trigger", name=op.f("pk_task_rules")),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_task_rules_cities_city")),
        sa.CheckConstraint(
            "trigger IN ('battery_low', 'idle', 'out_of_service', 'not_heard_of')",
            name=op.f("ck_task_rules_trigger"),
        ),
        sa.CheckConstraint(
            "kind IN ('collect', 'swap_battery', 'repair', 'rebalance', 'inspect', 'own')",
            name=op.f("ck_task_rules_kind"),
        ),
        sa.CheckConstraint(
            "battery_percent BETWEEN 1 AND 100", name=op.f("ck_task_rules_battery_percent")
        ),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_task_rules_minutes")),
        info=GLOBAL,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("task_rules", if_exists=True)
