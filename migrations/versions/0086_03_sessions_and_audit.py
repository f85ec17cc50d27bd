"""Login sessions, rate limits and the audit trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db.types import REGIONAL_BY_ROW, Region

revision = "0086_03"
down_revision = "0086_02"

TIMESTAMP = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "login_sessions",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.Column("last_seen_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.Column("authenticated_at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.Column("ended_at", TIMESTAMP),
        sa.Column("remember", sa.Boolean(), nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("device", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.String(255), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("city", sa.String(64)),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_login_sessions")),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_login_sessions_users_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        # The sessions of an account: listed on its security page, ended together, and searched
        # for the device at each login.
        sa.Index("ix_login_sessions_user", "region", "user_id"),
        # `flask sweep` deletes sessions that have not been used for a long time.
        sa.Index("ix_login_sessions_seen", "region", "last_seen_at"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    op.create_table(
        "throttles",
        sa.Column("region", Region, nullable=False),
        sa.Column("bucket", sa.String(80), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("until", TIMESTAMP, nullable=False),
        sa.PrimaryKeyConstraint("region", "bucket", name=op.f("pk_throttles")),
        # `flask sweep` deletes counts whose window ended long ago.
        sa.Index("ix_throttles_until", "region", "until"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )
    # No foreign keys, and the actor's region is plain text: events outlive accounts and regions.
    op.create_table(
        "events",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", TIMESTAMP, server_default=NOW, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("actor_region", sa.String(32)),
        sa.Column("actor_id", sa.Uuid()),
        sa.Column("subject", sa.String(100)),
        sa.Column("address", sa.String(45)),
        sa.Column("request_id", sa.Uuid()),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_events")),
        # The audit trail of a region, newest first; `flask sweep` deletes old events.
        sa.Index("ix_events_at", "region", "at", "id"),
        # The audit trail, filtered by kind.
        sa.Index("ix_events_kind", "region", "kind", "at", "id"),
        # What an account did.
        sa.Index("ix_events_actor", "region", "actor_id", "at", "id"),
        # What happened to an account, a vehicle or a ride.
        sa.Index("ix_events_subject", "region", "subject", "at", "id"),
        info=REGIONAL_BY_ROW,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("events", if_exists=True)
    op.drop_table("throttles", if_exists=True)
    op.drop_table("login_sessions", if_exists=True)
