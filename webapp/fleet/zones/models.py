"""Where riding and parking is allowed, and where it is not."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import GLOBAL, one_of
from webapp.extensions import Base
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.labels import KIND_LABELS


class Zone(Base):
    """A part of a city with a rule. GLOBAL, like the prices: small, read often, changed seldom."""

    __tablename__ = "zones"
    __table_args__ = (
        CheckConstraint(one_of("kind", ZoneKind), name="kind"),
        CheckConstraint("fee >= 0", name="fee"),
        CheckConstraint("max_speed_kph > 0", name="max_speed_kph"),
        Index("ix_zones_city", "city", "position"),
        {"info": GLOBAL},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    kind: Mapped[str] = mapped_column(String(24))
    #: '' where nobody gave it one.
    name: Mapped[str] = mapped_column(String(120))
    #: Where zones of a kind overlap, the lowest wins, as in GBFS.
    position: Mapped[int] = mapped_column(default=0)
    #: The coordinates of a GeoJSON MultiPolygon.
    coordinates: Mapped[list[Any]] = mapped_column(JSONB)
    #: For ending a ride here where the kind forbids it, in the city's minor units. None: as the
    #: ride's plan says.
    fee: Mapped[int | None]
    #: In a slow zone.
    max_speed_kph: Mapped[int | None]

    @property
    def label(self) -> str:
        """What people read for it: its name, or what it is."""
        return self.name or str(KIND_LABELS[ZoneKind(self.kind)])
