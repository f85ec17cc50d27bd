"""Zones: areas of a city with a rule for riding or parking."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, String, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import account_foreign_key
from webapp.db.types import GLOBAL, MOVES_WITH_CITY, REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.fleet.zones.enums import ZoneKind
from webapp.forms import MAX_WHY_LENGTH

#: Of the name of a zone, characters.
MAX_NAME_LENGTH = 120
#: The largest speed limit of a zone.
MAX_SPEED_KPH = 200
#: Of the name of the file of a city's rules, characters.
MAX_SOURCE_LENGTH = 200

#: Coordinates of a GeoJSON MultiPolygon.
Coordinates = list[list[list[list[float]]]]


class Zone(Base):
    """An area of a city with a rule. GLOBAL: a small table, read often and changed seldom.

    The area of a row never changes while it keeps its id. A zone that staff edit has a row for each
    of its versions that is in force or will be; ``ZoneVersion`` has all of them.
    """

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
    #: Name of the zone, for languages without a name in ``labels``; may be empty.
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    #: The names by language, ISO 639-1: ``{"de": "Stadtpark"}``. As the area, they never change
    #: while the row keeps its id.
    labels: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
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
    coordinates: Mapped[Coordinates] = mapped_column(JSONB)
    #: Price of ending a ride here where the kind forbids it, minor units of the city; NULL: that of
    #: the ride's plan.
    fee: Mapped[int | None] = mapped_column(BigInteger)
    #: Speed limit in a slow zone, kilometres per hour.
    max_speed_kph: Mapped[int | None]
    #: The zone that this row is a version of: of one that was imported first, its id then. NULL: an
    #: import has made the row, and the next one may replace it.
    edited_zone_id: Mapped[UUID | None]
    #: The newest version of the zone that this row follows from. NULL: as ``edited_zone_id``.
    version: Mapped[int | None] = mapped_column(BigInteger)

    @property
    def zone_id(self) -> UUID:
        """What all versions of the zone have in common; it stands in addresses."""
        return self.edited_zone_id or self.id

    @property
    def is_imported(self) -> bool:
        """Whether the next import may replace it."""
        return self.edited_zone_id is None

    @property
    def all_labels(self) -> set[str]:
        """The names in all languages."""
        return {self.name, *self.labels.values()} - {""}

    def applies_at(self, moment: datetime) -> bool:
        """Return whether a moment is within the zone's times."""
        has_begun = self.valid_from is None or self.valid_from <= moment
        return has_begun and (self.valid_until is None or moment < self.valid_until)

    def is_over(self, moment: datetime) -> bool:
        """Return whether the zone applies no more at a moment and later, or never did."""
        begins = max(moment, self.valid_from) if self.valid_from else moment
        return self.valid_until is not None and self.valid_until <= begins


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


class ZoneVersion(Base):
    """A zone as staff have drawn, changed or removed it. Rows are added and never changed, but that
    a deleted account loses its key. In the region of the city."""

    __tablename__ = "zone_versions"
    __table_args__ = (
        CheckConstraint(one_of("kind", ZoneKind), name="kind"),
        account_foreign_key("author"),
        #: The zones of a city that were removed, the newest first.
        Index(
            "ix_zone_versions_removed",
            "region",
            "city",
            "created_at",
            "zone_id",
            postgresql_where=text("removed"),
        ),
        #: The versions that an account wrote, in all regions: its deletion.
        Index("ix_zone_versions_author", "author_region", "author_id"),
        {"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "versions of zones"}},
    )

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: What all versions of the zone have in common.
    zone_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: 1, 2, 3, ... Two people who change the same version meet in this key: one of them is told.
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: The row of ``zones`` with this version, while it is in force or will be.
    row_id: Mapped[UUID]
    #: City of the zone.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: As ``zones.kind``, and so are the next ones.
    kind: Mapped[str] = mapped_column(String(24))
    #: Name of the zone, for languages without a name in ``labels``; may be empty.
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    #: The names by language, ISO 639-1.
    labels: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    #: Precedence.
    position: Mapped[int] = mapped_column(BigInteger)
    #: Rules with the fields of GBFS 3.0. NULL: what the kind says.
    rules: Mapped[list[dict[str, Any]] | None] = mapped_column(
        JSONB(none_as_null=True)
    )  # Any: JSON
    #: Coordinates of a GeoJSON MultiPolygon.
    coordinates: Mapped[Coordinates] = mapped_column(JSONB)
    #: Price of ending a ride here, minor units of the city. NULL: that of the ride's plan.
    fee: Mapped[int | None] = mapped_column(BigInteger)
    #: Speed limit, kilometres per hour.
    max_speed_kph: Mapped[int | None] = mapped_column(BigInteger)
    #: Until when the zone applies, where an import has said so. NULL: until the next version.
    valid_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: From when on the version is in force; a later version may be in force earlier and replace it.
    effective_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: Whether the zone is removed from then on. The other columns have what it was.
    removed: Mapped[bool] = mapped_column(server_default=text("false"))
    #: Why, in the words of who wrote it; may be empty.
    why: Mapped[str] = mapped_column(String(MAX_WHY_LENGTH), server_default="")
    #: Region of the account of who wrote it. NULL: it was deleted, or an import has drawn the zone.
    author_region: Mapped[str | None] = mapped_column(Region)
    #: The account of who wrote it.
    author_id: Mapped[UUID | None]
    #: When it was written.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
