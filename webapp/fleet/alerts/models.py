"""The settings of alerts, the vehicles for which one is muted, and alerts that a job records."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    String,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import parent_foreign_key
from webapp.db.types import GLOBAL, ON_REGION_DROP, REGIONAL_BY_ROW, OnRegionDrop, Region
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
        parent_foreign_key("vehicles", "vehicle_id"),
        #: ``flask sweep`` deletes those that have ended.
        Index("ix_vehicle_alert_mutes_until", "region", "until"),
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


class VehicleAlert(Base):
    """An alert of ``RECORDED_KINDS`` about a vehicle on the street. A job writes them
    (``scan.py``)."""

    __tablename__ = "vehicle_alerts"
    __table_args__ = (
        parent_foreign_key("vehicles", "vehicle_id"),
        #: The vehicles of an alert in a city, the worst first.
        Index("ix_vehicle_alerts_value", "region", "city", "kind", "value", "vehicle_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the vehicle.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The vehicle.
    vehicle_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: One of ``RECORDED_KINDS``.
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: City of the vehicle.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: How many short rides or reservations there are in a row, or how many metres it stands outside
    #: of the area. It counts from the city's threshold on.
    value: Mapped[int] = mapped_column(BigInteger)
    #: Since when it is so: of rides and reservations since they reached the city's threshold.
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class AlertScan(Base):
    """How far the job has looked at the vehicles of a city, in the order in which they changed."""

    __tablename__ = "alert_scans"
    # In another region the job begins anew.
    __table_args__ = ({"info": {**REGIONAL_BY_ROW, ON_REGION_DROP: OnRegionDrop.DELETE}},)

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The city.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: Version of what the alerts follow from besides the vehicles: zones and settings. If it is
    #: another one now, the job looks at all vehicles again. The column's name is older.
    settings_version: Mapped[str] = mapped_column("basis", String(80), key="settings_version")
    #: When the last vehicle that it has looked at had changed.
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: That vehicle: others may have changed at the same time.
    vehicle_id: Mapped[UUID]
