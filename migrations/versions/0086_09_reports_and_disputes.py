"""Reports about vehicles, and disputes about rides."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0086"
down_revision = "0086_08"

TIMESTAMP = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("vehicle_id", sa.Uuid(), nullable=False),
        sa.Column("reporter_region", Region),
        sa.Column("reporter_id", sa.Uuid()),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(1000), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("answer", sa.String(1000), nullable=False),
        sa.Column("created_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.Column("answered_at", TIMESTAMP),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_reports")),
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
        sa.CheckConstraint(
            "kind IN ('damage', 'bad_parking', 'lost', 'other')", name=op.f("ck_reports_kind")
        ),
        sa.CheckConstraint(
            "state IN ('new', 'in_progress', 'resolved', 'dismissed')",
            name=op.f("ck_reports_state"),
        ),
        # The queue of a city for staff, by state, oldest first.
        sa.Index("ix_reports_queue", "region", "city", "state", "created_at", "id"),
        # The reports about a vehicle; an open critical one keeps the vehicle out of service.
        sa.Index("ix_reports_vehicle", "region", "vehicle_id", "state"),
        # The reports that a rider filed, in all regions, newest first.
        sa.Index("ix_reports_reporter", "reporter_region", "reporter_id", "created_at", "id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    op.create_table(
        "report_photos",
        sa.Column("region", Region, nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("region", "report_id", "number", name=op.f("pk_report_photos")),
        sa.ForeignKeyConstraint(
            ["region", "report_id"],
            ["reports.region", "reports.id"],
            name=op.f("fk_report_photos_reports_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    op.create_table(
        "disputes",
        sa.Column("region", Region, nullable=False),
        sa.Column("ride_id", sa.Uuid(), nullable=False),
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("refunded", sa.Integer(), nullable=False),
        sa.Column("opened_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.Column("changed_at", TIMESTAMP, server_default=NOW, nullable=False),
        # A ride has one dispute at most.
        sa.PrimaryKeyConstraint("region", "ride_id", name=op.f("pk_disputes")),
        sa.ForeignKeyConstraint(["city"], ["cities.name"], name=op.f("fk_disputes_cities_city")),
        sa.ForeignKeyConstraint(
            ["region", "ride_id"],
            ["rides.region", "rides.id"],
            name=op.f("fk_disputes_rides_region"),
            onupdate="CASCADE",
        ),
        sa.CheckConstraint(
            "state IN ('open', 'answered', 'closed')", name=op.f("ck_disputes_state")
        ),
        sa.CheckConstraint("refunded >= 0", name=op.f("ck_disputes_refunded")),
        # The queue of a city for staff, by state, the longest unanswered first.
        sa.Index("ix_disputes_queue", "region", "city", "state", "changed_at", "ride_id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    op.create_table(
        "dispute_messages",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ride_id", sa.Uuid(), nullable=False),
        sa.Column("author_region", Region),
        sa.Column("author_id", sa.Uuid()),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("refund", sa.Integer(), nullable=False),
        sa.Column("at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_dispute_messages")),
        sa.ForeignKeyConstraint(
            ["region", "ride_id"],
            ["disputes.region", "disputes.ride_id"],
            name=op.f("fk_dispute_messages_disputes_region"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["author_region", "author_id"],
            ["users.region", "users.id"],
            name=op.f("fk_dispute_messages_users_author_region"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        # The messages of a dispute, in order.
        sa.Index("ix_dispute_messages_thread", "region", "ride_id", "at", "id"),
        # The messages that an account wrote, in all regions: the personal data export, deletion.
        sa.Index("ix_dispute_messages_author", "author_region", "author_id", "at", "id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("dispute_messages", if_exists=True)
    op.drop_table("disputes", if_exists=True)
    op.drop_table("report_photos", if_exists=True)
    op.drop_table("reports", if_exists=True)
