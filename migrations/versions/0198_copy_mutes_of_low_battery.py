"""Copy the mutes of vehicles for the alert about low batteries, as the revision before."""

from alembic import op

revision = "0198"
down_revision = "0197"


def upgrade() -> None:
    op.execute(
        "INSERT INTO vehicle_alert_mutes (region, vehicle_id, kind, until, reason)"
        " SELECT region, vehicle_id, 'battery_low', until, reason"
        " FROM vehicle_alert_mutes WHERE kind = 'low_battery' ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    pass
