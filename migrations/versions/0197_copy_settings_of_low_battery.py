"""Copy what cities have set for the alert about low batteries: it is called as in rules of tasks.

The rows with the former name stay for servers of the release before.
"""

from alembic import op

revision = "0197"
down_revision = "0196"


def upgrade() -> None:
    op.execute(
        "INSERT INTO alert_settings (city, kind, threshold, muted_until, mute_reason)"
        " SELECT city, 'battery_low', threshold, muted_until, mute_reason"
        " FROM alert_settings WHERE kind = 'low_battery' ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    pass
