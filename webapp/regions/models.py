"""The table of cities."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, CheckConstraint, DateTime, String, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
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

    #: The key of the city: lower case, as in addresses (``new york``).
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: The name as people write it, for languages without one of their own: ``New York``.
    default_label: Mapped[str] = mapped_column("label", String(64))
    #: The names that admins have set, by language, ISO 639-1: ``{"es": "Nueva York"}``.
    labels: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    #: The region where the rows of this city are stored; the catalogue itself is in every region.
    region: Mapped[str] = mapped_column(Region)
    #: IANA name, such as ``Europe/Paris``.
    timezone: Mapped[str] = mapped_column(String(64))
    #: ISO 4217 code. All amounts of money in the city are in its minor units.
    currency: Mapped[str] = mapped_column(String(3))
    #: Latitude of the city's centre, degrees, WGS 84.
    lat: Mapped[float]
    #: Longitude of the city's centre, degrees, WGS 84.
    lon: Mapped[float]
    #: When the city was opened; cities are listed in this order.
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: Within how long staff do something about a report or a dispute, seconds. NULL: as
    #: SERVICE_TARGETS_S says.
    first_action_target_s: Mapped[int | None] = mapped_column(BigInteger)
    #: Within how long they answer, seconds. NULL: as SERVICE_TARGETS_S says.
    answer_target_s: Mapped[int | None] = mapped_column(BigInteger)
    #: How old riders must be, years. NULL: as old as they like.
    minimum_age: Mapped[int | None] = mapped_column(BigInteger)
    #: Until when the events of its vehicles are compacted, as the release before this one writes
    #: it; ``vehicle_event_compactions`` has it now. The next release does not read it. NULL: not
    #: by that release.
    events_compacted_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: From when on no ride and no reservation starts, and nothing new is added. NULL: it is open.
    closes_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When it was archived after it had closed: lists for the public leave it out. NULL: not.
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: What is switched off in it (``CityFeature``).
    features_off: Mapped[list[str]] = mapped_column(
        ARRAY(String(32)), default=list, server_default=text("'{}'")
    )

    @property
    def is_closed(self) -> bool:
        """Whether no ride starts there any more."""
        return self.closes_at is not None and self.closes_at <= datetime.now(UTC)

    @property
    def is_closing(self) -> bool:
        """Whether it will be closed at a time that is set."""
        return self.closes_at is not None and not self.is_closed

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def centre(self) -> Point:
        return Point(self.lat, self.lon)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)
