"""What riders tell about themselves."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "profiles",
        sa.Column("region", Region, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            name=op.f("fk_profiles_users_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "user_id", name=op.f("pk_profiles")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("profiles", if_exists=True)
