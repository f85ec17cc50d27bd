"""Zones: areas of a city with a rule for riding or parking."""

from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import GLOBAL, one_of
from webapp.extensions import Base
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.labels import ZONE_KIND_LABELS

#: Of the name of a zone, characters.
MAX_NAME_LENGTH = 120
#: The largest speed limit of a zone.
MAX_SPEED_KPH = 200


class Zone(Base):
    """An area of a city with a rule. GLOBAL: a small table, read often and changed seldom."""

    __tablename__ = "zones"
    __table_args__ = (
        CheckConstraint(one_of("kind", ZoneKind), name="kind"),
        CheckConstraint("fee >= 0", name="fee"),
        CheckConstraint("max_speed_kph > 0", name="max_speed_kph"),
        #: The zones of a city, in order of precedence.
        Index("ix_zones_city", "city", "position"),
        {"info": GLOBAL},
    )

    #: Made by the application.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: City that the zone belongs to.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: ``service_area``, ``no_parking``, ``no_ride`` or ``slow``.
    kind: Mapped[str] = mapped_column(String(24))
    #: Name of the zone; may be empty.
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    #: Precedence: where zones of a kind overlap, the lowest number applies, as in GBFS.
    position: Mapped[int] = mapped_column(default=0)
    #: Coordinates of a GeoJSON MultiPolygon.
    coordinates: Mapped[list[list[list[list[float]]]]] = mapped_column(JSONB)
    #: Price of ending a ride here where the kind forbids it, minor units of the city; NULL: that of
    #: the ride's plan.
    fee: Mapped[int | None] = mapped_column(BigInteger)
    #: Speed limit in a slow zone, kilometres per hour.
    max_speed_kph: Mapped[int | None]

    @property
    def label(self) -> str:
        """The name of the zone, or what its kind is called."""
        return self.name or str(ZONE_KIND_LABELS[ZoneKind(self.kind)])
