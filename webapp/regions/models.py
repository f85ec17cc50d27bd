"""The table of cities."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, DateTime, String, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import GLOBAL, Region
from webapp.extensions import Base
from webapp.regions.geography import Point


class City(Base):
    """A city where MovR is open. Opening one is an INSERT."""

    __tablename__ = "cities"
    __table_args__ = (
        CheckConstraint("lat BETWEEN -90 AND 90", name="lat"),
        CheckConstraint("lon BETWEEN -180 AND 180", name="lon"),
        {"info": GLOBAL},
    )

    #: Lower case, as in addresses: ``new york``.
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: As people write it: ``New York``.
    label: Mapped[str] = mapped_column(String(64))
    region: Mapped[str] = mapped_column(Region)
    #: IANA name, such as ``Europe/Paris``.
    timezone: Mapped[str] = mapped_column(String(64))
    #: ISO 4217.
    currency: Mapped[str] = mapped_column(String(3))
    lat: Mapped[float]
    lon: Mapped[float]
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    @property
    def centre(self) -> Point:
        return Point(self.lat, self.lon)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)
