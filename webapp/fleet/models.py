"""The vehicles of all owners and operators."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.auth.models import User
from webapp.fleet.words import FormFactor, PropulsionType, VehicleState
from webapp.geo import Place, Point
from webapp.keys import RowKey
from webapp.schema import REGIONAL_BY_ROW, Base, Region, one_of


class Vehicle(Base):
    """A vehicle, in the region of the city where it stands."""

    __tablename__ = "vehicles"
    __table_args__ = (
        ForeignKeyConstraint(
            ["owner_region", "owner_id"],
            ["users.region", "users.id"],
            ondelete="SET NULL",
            onupdate="CASCADE",
        ),
        UniqueConstraint("region", "city", "feed_system", "feed_vehicle", name="uq_vehicles_feed"),
        CheckConstraint(one_of("form_factor", FormFactor), name="form_factor"),
        CheckConstraint(one_of("propulsion_type", PropulsionType), name="propulsion_type"),
        CheckConstraint(one_of("state", VehicleState), name="state"),
        CheckConstraint("lat BETWEEN -90 AND 90", name="lat"),
        CheckConstraint("lon BETWEEN -180 AND 180", name="lon"),
        CheckConstraint("(lat IS NULL) = (lon IS NULL)", name="point"),
        Index("ix_vehicles_newest", "region", "city", "state", "created_at", "id"),
        Index(
            "ix_vehicles_newest_of_type",
            "region",
            "city",
            "state",
            "form_factor",
            "created_at",
            "id",
        ),
        Index("ix_vehicles_cell", "region", "city", "state", "cell"),
        Index("ix_vehicles_owner", "owner_region", "owner_id"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: None: the operator's own.
    owner_region: Mapped[str | None] = mapped_column(Region)
    owner_id: Mapped[UUID | None]
    form_factor: Mapped[str] = mapped_column(String(24))
    propulsion_type: Mapped[str] = mapped_column(String(24))
    brand: Mapped[str] = mapped_column(String(60), default="")
    color: Mapped[str] = mapped_column(String(30), default="")
    state: Mapped[str] = mapped_column(String(24), default=VehicleState.AVAILABLE)
    #: Where it stands, in words and as a point; a typed place has no point.
    address: Mapped[str | None] = mapped_column(String(200))
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    #: Cell of the grid (webapp/geo.py) that holds the point.
    cell: Mapped[int | None]
    #: How far it still goes, metres, when its operator says so.
    range_m: Mapped[int | None]
    #: The operator's feed and the id there, for vehicles that came from one.
    feed_system: Mapped[str | None] = mapped_column(String(120))
    feed_vehicle: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    owner: Mapped[User | None] = relationship(lazy="raise", viewonly=True)

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)

    @property
    def point(self) -> Point | None:
        return None if self.lat is None or self.lon is None else Point(self.lat, self.lon)

    @property
    def place(self) -> Place:
        return Place(self.address, self.point)

    @property
    def is_available(self) -> bool:
        return self.state == VehicleState.AVAILABLE
