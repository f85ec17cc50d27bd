"""Vehicles and places that a rider wants to find again."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, DateTime, ForeignKeyConstraint, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.auth.models import User
from webapp.db.keys import RowKey, parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.regions.geography import Point

#: Of the label of a place, characters.
MAX_LABEL_LENGTH = 40


class SavedVehicle(Base):
    """A vehicle that a rider has saved, in the vehicle's region: the end of its ride asks there who
    waits for it."""

    __tablename__ = "saved_vehicles"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "vehicle_id"], ["vehicles.region", "vehicles.id"], onupdate="CASCADE"
        ),
        ForeignKeyConstraint(
            ["rider_region", "rider_id"],
            ["users.region", "users.id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        #: The vehicles that a rider has saved, in all regions, latest first.
        Index("ix_saved_vehicles_rider", "rider_region", "rider_id", "saved_at", "vehicle_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the vehicle: the end of its ride asks there who waits for it.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The vehicle.
    vehicle_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Region of the rider.
    rider_region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The rider who saved it.
    rider_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: When it was saved.
    saved_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: Since when the rider waits for a mail that it is free; NULL: does not wait. Sent once.
    waiting_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    vehicle: Mapped[Vehicle] = relationship(lazy="raise", viewonly=True)

    @property
    def shows_place(self) -> bool:
        """Whether the rider sees where the vehicle is: not while somebody rides it, nor where a
        missing one was."""
        return self.vehicle.current_state not in (VehicleState.ON_TRIP, VehicleState.MISSING)


class SavedPlace(Base):
    """A place that a rider looks around often: home, work."""

    __tablename__ = "saved_places"
    __table_args__ = (
        parent_foreign_key("users", "rider_id"),
        CheckConstraint("lat BETWEEN -90 AND 90", name="lat"),
        CheckConstraint("lon BETWEEN -180 AND 180", name="lon"),
        #: The places of a rider, in the order in which they were saved.
        Index("ix_saved_places_rider", "region", "rider_id", "created_at"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the rider.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made by the application.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: The rider who saved it.
    rider_id: Mapped[UUID]
    #: What the rider calls it: ``Home``.
    label: Mapped[str] = mapped_column(String(MAX_LABEL_LENGTH))
    #: Latitude, degrees, WGS 84.
    lat: Mapped[float]
    #: Longitude, degrees, WGS 84.
    lon: Mapped[float]
    #: When it was saved.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)

    @property
    def point(self) -> Point:
        return Point(self.lat, self.lon)


#: ``user.saved_places`` come with the account where a page asks for them.
User.saved_places = relationship(
    SavedPlace, viewonly=True, lazy="raise", order_by=SavedPlace.created_at
)
