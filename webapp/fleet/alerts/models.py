"""The settings of alerts, and the vehicles for which one is muted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import GLOBAL, REGIONAL_BY_ROW, Region
from webapp.extensions import Base

#: Of why an alert is muted, characters.
MAX_REASON_LENGTH = 200


class AlertSetting(Base):
    """What a city has changed of an alert. GLOBAL: a small table, read often and changed seldom."""

    __tablename__ = "alert_settings"
    __table_args__ = (CheckConstraint("threshold > 0", name="threshold"), {"info": GLOBAL})

    #: The city.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: The alert: an ``AlertKind``, or a counter that another module adds.
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: From when on it counts, in its unit. NULL: as usual.
    threshold: Mapped[int | None] = mapped_column(BigInteger)
    #: Until when it is muted. NULL: it is not.
    muted_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Why, in the words of who muted it; the audit trail has who. May be empty.
    mute_reason: Mapped[str] = mapped_column(String(MAX_REASON_LENGTH), server_default="")


class VehicleAlertMute(Base):
    """An alert that does not count a vehicle for some time."""

    __tablename__ = "vehicle_alert_mutes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "vehicle_id"],
            ["vehicles.region", "vehicles.id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the vehicle.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The vehicle.
    vehicle_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: An ``AlertKind``.
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: Until when.
    until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: Why, in the words of who muted it; the audit trail has who.
    reason: Mapped[str] = mapped_column(String(MAX_REASON_LENGTH))
