"""Places that riders look around often."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import Region

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.create_table(
        "saved_places",
        sa.Column("region", Region, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rider_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name=op.f("ck_saved_places_lat")),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name=op.f("ck_saved_places_lon")),
        sa.ForeignKeyConstraint(
            ["region", "rider_id"],
            ["users.region", "users.id"],
            name=op.f("fk_saved_places_users_region"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_saved_places")),
        info={"locality": "REGIONAL BY ROW AS region"},
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("saved_places", if_exists=True)
