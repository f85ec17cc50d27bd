"""What stands on the vehicle itself."""

import sqlalchemy as sa
from alembic import op

revision = "0079"
down_revision = "0078"


def upgrade() -> None:
    op.add_column(
        "vehicles",
        sa.Column(
            "code",
            sa.String(length=10),
            server_default=sa.text(
                "translate(substr(md5(gen_random_uuid()::text), 1, 10), '0123456789abcdef', '23456789ACDEHKMX')"
            ),
            nullable=False,
        ),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("vehicles", "code", if_exists=True)
