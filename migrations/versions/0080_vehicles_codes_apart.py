"""Of many vehicles two may have been given the same code: give such ones others."""

from alembic import op

revision = "0080"
down_revision = "0079"


def upgrade() -> None:
    op.execute(
        "UPDATE vehicles SET code = translate(substr(md5(gen_random_uuid()::text), 1, 10),"
        " '0123456789abcdef', '23456789ACDEHKMX')"
        " WHERE code IN (SELECT code FROM vehicles GROUP BY code HAVING count(*) > 1)"
    )


def downgrade() -> None:
    pass  # the column goes next
