"""Zones: areas of a city with a rule for riding or parking."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import GLOBAL, one_of
from webapp.extensions import Base
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.labels import ZONE_KIND_LABELS
from webapp.translations import find_label

#: Of the name of a zone, characters.
MAX_NAME_LENGTH = 120
#: The largest speed limit of a zone.
MAX_SPEED_KPH = 200
#: Of the name of the file of a city's rules, characters.
MAX_SOURCE_LENGTH = 200


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
    #: ``service_area``, ``no_parking``, ``no_ride`` or ``slow``; of a zone with rules, the kind
    #: that is nearest to them.
    kind: Mapped[str] = mapped_column(String(24))
    #: Name of the zone; may be empty.
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    #: Precedence: where zones of a kind overlap, the lowest number applies, as in GBFS.
    position: Mapped[int] = mapped_column(default=0)
    #: Rules with the fields of GBFS 3.0, in order of precedence. NULL: what the kind says.
    rules: Mapped[list[dict[str, Any]] | None] = mapped_column(
        JSONB(none_as_null=True)
    )  # Any: JSON
    #: From when on the zone applies. NULL: always.
    valid_from: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Until when the zone applies. NULL: for good.
    valid_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
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
        return self.name or find_label(ZONE_KIND_LABELS, self.kind)

    def applies_at(self, moment: datetime) -> bool:
        """Return whether a moment is within the zone's times."""
        has_begun = self.valid_from is None or self.valid_from <= moment
        return has_begun and (self.valid_until is None or moment < self.valid_until)


class CityZoneRules(Base):
    """The rules of a city outside of its zones, from a GBFS feed. They apply while the city has a
    zone with rules, and a city with such a zone has a row here. GLOBAL: as zones are."""

    __tablename__ = "city_zone_rules"
    __table_args__ = ({"info": GLOBAL},)

    #: The city.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: Another one whenever the row changes.
    version: Mapped[UUID]
    #: Name of the file that the rules are from.
    source: Mapped[str] = mapped_column(String(MAX_SOURCE_LENGTH))
    #: Rules with the fields of GBFS 3.0, in order of precedence.
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)  # Any: JSON
    #: The vehicle types that ``vehicle_type_ids`` of all rules are about: [[id, form factor,
    #: propulsion type]]. NULL: the feed does not say.
    vehicle_types: Mapped[list[list[str]] | None] = mapped_column(JSONB(none_as_null=True))
