"""Find the mutes of vehicles that have ended."""

from alembic import op

revision = "0207"
down_revision = "0206"


def upgrade() -> None:
    op.create_index(
        "ix_vehicle_alert_mutes_until",
        "vehicle_alert_mutes",
        ["region", "until"],
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_vehicle_alert_mutes_until", "vehicle_alert_mutes", if_exists=True)
