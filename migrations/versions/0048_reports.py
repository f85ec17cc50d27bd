"""What riders tell about vehicles."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(length=64), nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("reporter_region", Region, nullable=True),
        sa.Column("reporter_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('damage', 'bad_parking', 'lost', 'other')", name=op.f("ck_reports_kind")
        ),
        sa.CheckConstraint(
            "state IN ('new', 'in_progress', 'resolved', 'dismissed')",
            name=op.f("ck_reports_state"),
        ),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_reports_cities_city")),
        sa.ForeignKeyConstraint(
            ["region", "vehicle_id"],
            ["vehicles.region", "vehicles.id"],
            name=op.f("fk_reports_vehicles_region"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reporter_region", "reporter_id"],
            ["users.region", "users.id"],
            name=op.f("fk_reports_users_reporter_region"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_reports")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("reports", if_exists=True)
