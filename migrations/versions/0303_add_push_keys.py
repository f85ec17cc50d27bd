"""Add push_keys: the key that says to push services who sends."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import GLOBAL

revision = "0303"
down_revision = "0302"


def upgrade() -> None:
    op.create_table(
        "push_keys",
        sa.Column("kid", sa.String(43), nullable=False),
        sa.Column("private_jwk", sa.String(2000), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_push_keys")),
        info=GLOBAL,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("push_keys", if_exists=True)
