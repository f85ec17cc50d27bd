"""Rides: which rider had which vehicle, from where and when, to where and when."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, backref, mapped_column, relationship

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.models import PricingPlan
from webapp.regions.geography import Place, Point

if TYPE_CHECKING:
    from webapp.rides.disputes.models import Dispute


class Ride(Base):
    """A ride, in the region of its city and so of its vehicle."""

    __tablename__ = "rides"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "vehicle_id"], ["vehicles.region", "vehicles.id"], onupdate="CASCADE"
        ),
        ForeignKeyConstraint(
            ["rider_region", "rider_id"],
            ["users.region", "users.id"],
            ondelete="SET NULL",
            onupdate="CASCADE",
        ),
        CheckConstraint("ended_at >= started_at", name="order"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
        CheckConstraint("price >= 0", name="price"),
        Index(
            "uq_rides_open_vehicle",
            "region",
            "vehicle_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_rides_open",
            "region",
            "city",
            "started_at",
            "id",
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_rides_vehicle", "region", "vehicle_id"),
        Index("ix_rides_rider", "rider_region", "rider_id", "started_at", "id"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    vehicle_id: Mapped[UUID]
    #: None: the rider has deleted the account; the ride stays for the books.
    rider_region: Mapped[str | None] = mapped_column(Region)
    rider_id: Mapped[UUID | None]
    #: The database's clock tells both times, so their difference is true on any server.
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    start_address: Mapped[str | None] = mapped_column(String(200))
    start_lat: Mapped[float | None]
    start_lon: Mapped[float | None]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    end_address: Mapped[str | None] = mapped_column(String(200))
    end_lat: Mapped[float | None]
    end_lon: Mapped[float | None]
    #: The plan it began with, and keeps. None: rides were free in this city.
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("pricing_plans.id"))
    #: Since when it is paused; None: it is not. The price goes on.
    paused_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: All pauses that are over, seconds.
    paused_s: Mapped[int] = mapped_column(server_default="0")
    #: Along the path if the browser told it, else between the two points.
    distance_m: Mapped[int | None]
    #: What it cost in minor units, and the lines whose sum that is: as on the receipt, for good.
    price: Mapped[int | None]
    currency: Mapped[str | None] = mapped_column(String(3))
    price_lines: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    rating: Mapped[int | None]
    rating_note: Mapped[str | None] = mapped_column(String(280))
    #: When the rider was asked by mail whether it should have ended.
    reminded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    plan: Mapped[PricingPlan | None] = relationship(lazy="raise", viewonly=True)
    vehicle: Mapped[Vehicle] = relationship(lazy="raise", viewonly=True)
    dispute: Mapped["Dispute | None"] = relationship(lazy="raise", viewonly=True)

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)

    @property
    def duration(self) -> timedelta | None:
        """How long the ride took; None while it lasts."""
        return self.ended_at - self.started_at if self.ended_at else None

    @property
    def start(self) -> Place:
        return place_at(self.start_address, self.start_lat, self.start_lon)

    @property
    def end(self) -> Place:
        return place_at(self.end_address, self.end_lat, self.end_lon)


class OpenRide(Base):
    """The one ride a rider may have open, in the rider's region wherever the ride is.

    Its primary key holds the rule "one open ride per rider" across regions, and asks only the
    rider's own region to do so.
    """

    __tablename__ = "open_rides"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "rider_id"], ["users.region", "users.id"], onupdate="CASCADE"
        ),
        ForeignKeyConstraint(
            ["ride_region", "ride_id"], ["rides.region", "rides.id"], onupdate="CASCADE"
        ),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    rider_id: Mapped[UUID] = mapped_column(primary_key=True)
    ride_region: Mapped[str] = mapped_column(Region)
    ride_id: Mapped[UUID]
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    #: ``user.open_ride`` comes with the account in the same statement: every page shows its clock.
    rider: Mapped[User] = relationship(
        viewonly=True, backref=backref("open_ride", uselist=False, lazy="joined", viewonly=True)
    )

    @property
    def ride_key(self) -> RowKey:
        return RowKey(self.ride_region, self.ride_id)


def place_at(address: str | None, lat: float | None, lon: float | None) -> Place:
    """Return the place that three columns hold."""
    return Place(address, None if lat is None or lon is None else Point(lat, lon))


class RidePath(Base):
    """Where a ride went, if the rider's browser told it; deleted after some weeks."""

    __tablename__ = "ride_paths"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "ride_id"],
            ["rides.region", "rides.id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        Index("ix_ride_paths_changed", "region", "changed_at"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    ride_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: [[seconds since the start, lat, lon], ...], in order of time.
    points: Mapped[list[list[float]]] = mapped_column(JSONB)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
