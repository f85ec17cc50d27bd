"""Add vehicle_types: what admins set for types of vehicles, and types of their own."""

import sqlalchemy as sa
from alembic import op

from webapp.db.types import GLOBAL

revision = "0250"
down_revision = "0249"

FORM_FACTORS = (
    "form_factor IN ('bicycle', 'cargo_bicycle', 'car', 'moped', 'scooter_standing',"
    " 'scooter_seated', 'other')"
)
PROPULSION_TYPES = (
    "propulsion_type IN ('human', 'electric_assist', 'electric', 'combustion',"
    " 'combustion_diesel', 'hybrid', 'plug_in_hybrid', 'hydrogen_fuel_cell')"
)


def upgrade() -> None:
    op.create_table(
        "vehicle_types",
        sa.Column("form_factor", sa.String(24), nullable=False),
        sa.Column("propulsion_type", sa.String(24), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("icon", sa.String(24), nullable=False),
        sa.Column("low_battery_percent", sa.BigInteger()),
        sa.Column("min_battery_percent", sa.BigInteger()),
        sa.Column("top_speed_kph", sa.BigInteger()),
        sa.Column("max_range_m", sa.BigInteger()),
        sa.Column("rider_capacity", sa.BigInteger()),
        sa.Column("is_archived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint(FORM_FACTORS, name=op.f("ck_vehicle_types_form_factor")),
        sa.CheckConstraint(PROPULSION_TYPES, name=op.f("ck_vehicle_types_propulsion_type")),
        sa.CheckConstraint(
            "low_battery_percent BETWEEN 1 AND 100",
            name=op.f("ck_vehicle_types_low_battery_percent"),
        ),
        sa.CheckConstraint(
            "min_battery_percent BETWEEN 1 AND 100",
            name=op.f("ck_vehicle_types_min_battery_percent"),
        ),
        sa.CheckConstraint("top_speed_kph > 0", name=op.f("ck_vehicle_types_top_speed_kph")),
        sa.CheckConstraint("max_range_m > 0", name=op.f("ck_vehicle_types_max_range_m")),
        sa.CheckConstraint("rider_capacity > 0", name=op.f("ck_vehicle_types_rider_capacity")),
        sa.PrimaryKeyConstraint("form_factor", "propulsion_type", name=op.f("pk_vehicle_types")),
        sa.UniqueConstraint("name", name="uq_vehicle_types_name"),
        info=GLOBAL,
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("vehicle_types", if_exists=True)
