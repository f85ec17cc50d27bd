"""The table of what admins have set for types of vehicles."""

from sqlalchemy import BigInteger, CheckConstraint, String, UniqueConstraint, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import GLOBAL, one_of
from webapp.extensions import Base
from webapp.fleet.enums import FormFactor, PropulsionType

#: Of the name and the label of a type, characters.
MAX_TYPE_NAME_LENGTH, MAX_TYPE_LABEL_LENGTH = 20, 40


class VehicleTypeRow(Base):
    """What is set for a type of vehicles. A built-in type without a row has nothing set.

    GLOBAL: a small table that every region reads with each ride and that changes seldom.
    """

    __tablename__ = "vehicle_types"
    __table_args__ = (
        #: No two types have the same name in files and addresses.
        UniqueConstraint("name", name="uq_vehicle_types_name"),
        CheckConstraint(one_of("form_factor", FormFactor), name="form_factor"),
        CheckConstraint(one_of("propulsion_type", PropulsionType), name="propulsion_type"),
        CheckConstraint("low_battery_percent BETWEEN 1 AND 100", name="low_battery_percent"),
        CheckConstraint("min_battery_percent BETWEEN 1 AND 100", name="min_battery_percent"),
        CheckConstraint("top_speed_kph > 0", name="top_speed_kph"),
        CheckConstraint("max_range_m > 0", name="max_range_m"),
        CheckConstraint("rider_capacity > 0", name="rider_capacity"),
        {"info": GLOBAL},
    )

    #: GBFS form factor. With the propulsion type it is the type of the vehicles that have both.
    form_factor: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: GBFS propulsion type.
    propulsion_type: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: Its name in files and addresses: ``cargo-bike``. It never changes.
    name: Mapped[str] = mapped_column(String(MAX_TYPE_NAME_LENGTH))
    #: What people call one vehicle, in languages without a name in ``labels``. Empty: as MovR calls
    #: it, in each language.
    label: Mapped[str] = mapped_column(String(MAX_TYPE_LABEL_LENGTH))
    #: What they call it by language, ISO 639-1: ``{"de": "Roller"}``.
    labels: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    #: Name of an icon in static/img/icons.svg. Empty: that of the form factor.
    icon: Mapped[str] = mapped_column(String(24))
    #: Riders are warned of a battery below it, percent. NULL: as LOW_RANGE_M and
    #: LOW_BATTERY_PERCENT say.
    low_battery_percent: Mapped[int | None] = mapped_column(BigInteger)
    #: No ride and no reservation starts with a battery below it, percent. NULL: any is enough.
    min_battery_percent: Mapped[int | None] = mapped_column(BigInteger)
    #: GBFS ``max_permitted_speed``, km/h. NULL: not stated.
    top_speed_kph: Mapped[int | None] = mapped_column(BigInteger)
    #: GBFS ``max_range_meters``: how far it goes with a full battery, metres. NULL: not stated.
    max_range_m: Mapped[int | None] = mapped_column(BigInteger)
    #: GBFS ``rider_capacity``: for how many people it is. NULL: not stated.
    rider_capacity: Mapped[int | None] = mapped_column(BigInteger)
    #: It is not offered for new vehicles. Those of this type stay.
    is_archived: Mapped[bool] = mapped_column(server_default=false())
