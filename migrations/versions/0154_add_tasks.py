"""Add tasks: what staff are to do with vehicles."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0154"
down_revision = "0153"

TIMESTAMP = sa.DateTime(timezone=True)
IS_OPEN = sa.text("state IN ('open', 'in_progress')")


def upgrade() -> None:
    op.create_table(
        "tasks",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("own_kind", sa.String(40), server_default="", nullable=False),
        sa.Column("priority", sa.BigInteger(), server_default="2", nullable=False),
        sa.Column("state", sa.String(16), server_default="open", nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("trigger", sa.String(24)),
        sa.Column("report_id", sa.Uuid()),
        sa.Column("assignee_region", Region),
        sa.Column("assignee_id", sa.Uuid()),
        sa.Column("creator_region", Region),
        sa.Column("creator_id", sa.Uuid()),
        sa.Column("note", sa.String(1000), server_default="", nullable=False),
        sa.Column("created_at", TIMESTAMP, server_default=sa.func.now(), nullable=False),
        sa.Column("assigned_at", TIMESTAMP),
        sa.Column("started_at", TIMESTAMP),
        sa.Column("closed_at", TIMESTAMP),
        sa.Column("outcome_note", sa.String(1000), server_default="", nullable=False),
        sa.Column("minutes", sa.BigInteger()),
        sa.Column("last_act_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_tasks")),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_tasks_cities_city")),
        sa.ForeignKeyConstraint(
            ["region", "vehicle_id"],
            ["vehicles.region", "vehicles.id"],
            name=op.f("fk_tasks_vehicles_region"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["assignee_region", "assignee_id"],
            ["users.region", "users.id"],
            name=op.f("fk_tasks_users_assignee_region"),
            ondelete="SET NULL",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["creator_region", "creator_id"],
            ["users.region", "users.id"],
            name=op.f("fk_tasks_users_creator_region"),
            ondelete="SET NULL",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint(
            "kind IN ('collect', 'swap_battery', 'repair', 'rebalance', 'inspect', 'own')",
            name=op.f("ck_tasks_kind"),
        ),
        sa.CheckConstraint("(kind = 'own') = (own_kind <> '')", name=op.f("ck_tasks_own_kind")),
        sa.CheckConstraint(
            "state IN ('open', 'in_progress', 'done', 'cancelled')", name=op.f("ck_tasks_state")
        ),
        sa.CheckConstraint(
            "source IN ('staff', 'report', 'alert', 'rule')", name=op.f("ck_tasks_source")
        ),
        sa.CheckConstraint(
            "trigger IN ('battery_low', 'idle', 'out_of_service', 'not_heard_of')",
            name=op.f("ck_tasks_trigger"),
        ),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_tasks_minutes")),
        sa.Index("ix_tasks_city", "region", "city", "state", "priority", "created_at", "id"),
        sa.Index(
            "ix_tasks_mine",
            "region",
            "city",
            "assignee_region",
            "assignee_id",
            postgresql_where=IS_OPEN,
        ),
        sa.Index(
            "uq_tasks_open",
            "region",
            "vehicle_id",
            "kind",
            "own_kind",
            unique=True,
            postgresql_where=IS_OPEN,
        ),
        sa.Index("ix_tasks_vehicle", "region", "vehicle_id", "created_at", "id"),
        sa.Index(
            "ix_tasks_assignee",
            "assignee_region",
            "assignee_id",
            "created_at",
            "id",
            postgresql_where=sa.text("assignee_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_tasks_creator",
            "creator_region",
            "creator_id",
            "created_at",
            "id",
            postgresql_where=sa.text("creator_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_tasks_closed",
            "region",
            "closed_at",
            postgresql_where=sa.text("closed_at IS NOT NULL"),
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("tasks", if_exists=True)
