"""Add cities.answer_target_s: within how long staff of a city answer."""

import sqlalchemy as sa
from alembic import op

revision = "0189"
down_revision = "0188"


def upgrade() -> None:
    op.add_column("cities", sa.Column("answer_target_s", sa.BigInteger()), if_not_exists=True)


def downgrade() -> None:
    op.drop_column("cities", "answer_target_s", if_exists=True)
