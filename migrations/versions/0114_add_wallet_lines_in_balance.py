"""Add wallet_lines.in_balance: which lines are part of the stored balances."""

import sqlalchemy as sa
from alembic import op

revision = "0114"
down_revision = "0113"


def upgrade() -> None:
    op.add_column(
        "wallet_lines",
        sa.Column("in_balance", sa.Boolean(), server_default=sa.false(), nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_column("wallet_lines", "in_balance", if_exists=True)
    # After another upgrade no line is in a balance, and each would count twice.
    op.execute("DELETE FROM wallet_balances")
