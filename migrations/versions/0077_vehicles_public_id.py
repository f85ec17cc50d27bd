"""Another name in public after each ride."""

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0076"


def upgrade() -> None:
    op.add_column(
        "vehicles",
        sa.Column(
            "public_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False
        ),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("vehicles", "public_id", if_exists=True)
