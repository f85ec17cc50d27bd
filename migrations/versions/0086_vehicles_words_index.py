"""Find vehicles by words."""

from alembic import op

revision = "0086"
down_revision = "0085"


def upgrade() -> None:
    op.create_index(
        "ix_vehicles_words", "vehicles", ["words"], postgresql_using="gin", if_not_exists=True
    )


def downgrade() -> None:
    op.drop_index("ix_vehicles_words", table_name="vehicles", if_exists=True)
