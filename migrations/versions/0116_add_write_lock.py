"""Add the table that riders' writes lock on PostgreSQL."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import GLOBAL

revision = "0116"
down_revision = "0115"


def upgrade() -> None:
    op.create_table(
        "write_lock",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_lock")),
        info=GLOBAL,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("write_lock", if_exists=True)
