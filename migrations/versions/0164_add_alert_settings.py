"""Add alert_settings: what cities have changed of the alerts of the board."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import GLOBAL

revision = "0164"
down_revision = "0163"


def upgrade() -> None:
    op.create_table(
        "alert_settings",
        sa.Column("city", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("threshold", sa.BigInteger()),
        sa.Column("muted_until", sa.DateTime(timezone=True)),
        sa.Column("mute_reason", sa.String(200), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("city", "kind", name=op.f("pk_alert_settings")),
        sa.ForeignKeyConstraint(
            ["city"], ["cities.name"], name=op.f("fk_alert_settings_cities_city")
        ),
        sa.CheckConstraint("threshold > 0", name=op.f("ck_alert_settings_threshold")),
        info=GLOBAL,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("alert_settings", if_exists=True)
