"""Rides, the open ride of each rider, and recorded paths."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.auth.models import User
from webapp.db.keys import RowKey, parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.models import PricingPlan
from webapp.regions.geography import Place, Point

if TYPE_CHECKING:
    from webapp.rides.disputes.models import Dispute
    from webapp.rides.reminders.models import RideReminder


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
        #: A vehicle has one open ride at most: of two who start at once, one is refused.
        Index(
            "uq_rides_open_vehicle",
            "region",
            "vehicle_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        #: The open rides of a city, longest first: the page for staff, and reminders to riders.
        Index(
            "ix_rides_open",
            "region",
            "city",
            "started_at",
            "id",
            postgresql_where=text("ended_at IS NULL"),
        ),
        #: The rides of a city that ended in some time: its numbers, and exports.
        Index(
            "ix_rides_ended",
            "region",
            "city",
            "ended_at",
            "id",
            postgresql_where=text("ended_at IS NOT NULL"),
        ),
        #: The rides of a vehicle: its rating, those of a week, and its move to another region.
        Index("ix_rides_vehicle_started", "region", "vehicle_id", "started_at"),
        #: The rides of a rider, in all regions, newest first.
        Index("ix_rides_rider", "rider_region", "rider_id", "started_at", "id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made by the application. With the region it is the ride's key.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: City of the vehicle when the ride started.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: The vehicle that is ridden; it is in the same region.
    vehicle_id: Mapped[UUID]
    #: Region of the rider. NULL: the account was deleted; the ride stays for the ledger.
    rider_region: Mapped[str | None] = mapped_column(Region)
    #: The rider. NULL: the account was deleted; the ride stays for the ledger.
    rider_id: Mapped[UUID | None]
    #: When the ride started, by the database's clock.
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: Where it started, in words.
    start_address: Mapped[str | None] = mapped_column(String(200))
    #: Latitude where it started, degrees, WGS 84; NULL: not known.
    start_lat: Mapped[float | None]
    #: Longitude where it started, degrees, WGS 84; NULL: not known.
    start_lon: Mapped[float | None]
    #: When the ride ended, by the database's clock; NULL: it is open. Before end_received_at if the
    #: phone that had no network was believed.
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When the rider pressed "End ride" on a phone that had no network, as the phone says; NULL:
    #: the server knew at once.
    end_pressed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When the server learned of such an end, by the database's clock; NULL: at once.
    end_received_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Where it ended, in words.
    end_address: Mapped[str | None] = mapped_column(String(200))
    #: Latitude where it ended, degrees, WGS 84; NULL: not known.
    end_lat: Mapped[float | None]
    #: Longitude where it ended, degrees, WGS 84; NULL: not known.
    end_lon: Mapped[float | None]
    #: The version of the plan at its start, which is valid for the whole ride. NULL: rides were
    #: free.
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("pricing_plans.id"))
    #: Since when the ride is paused; NULL: it is not. The price goes on.
    paused_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When the last pause ended; NULL: there was none, or a release before 0284 ended it.
    resumed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Duration of all pauses that are over, seconds.
    paused_s: Mapped[int] = mapped_column(server_default="0")
    #: Length of the path if the browser sent one, else of the straight line, metres.
    distance_m: Mapped[int | None]
    #: Price with tax, minor units. NULL: the ride is open, or was free.
    price: Mapped[int | None] = mapped_column(BigInteger)
    #: ISO 4217 code of the price.
    currency: Mapped[str | None] = mapped_column(String(3))
    #: The lines of the receipt, whose sum is the price.
    price_lines: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    #: Why staff ended it (``EndReason``); NULL: its rider ended it, or it is open.
    end_reason: Mapped[str | None] = mapped_column(String(24))
    #: Until when the rider pays, if staff decided on less than the whole ride; its start: nothing.
    charged_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: The rider's rating, 1 to 5; NULL: none.
    rating: Mapped[int | None]
    #: What the rider wrote beside the rating.
    rating_note: Mapped[str | None] = mapped_column(String(280))
    #: Whether the rider wants it on the page of the vehicle, without a name.
    note_is_public: Mapped[bool] = mapped_column(server_default=false())
    #: Since when staff hide it from riders, whatever its rider writes later; NULL: they don't.
    note_hidden_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When the rider was asked by mail whether the ride should have ended; NULL: not asked.
    reminded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When staff were told by mail that its price has stopped growing; NULL: they were not.
    overdue_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    plan: Mapped[PricingPlan | None] = relationship(lazy="raise", viewonly=True)
    vehicle: Mapped[Vehicle] = relationship(lazy="raise", viewonly=True)
    dispute: Mapped["Dispute | None"] = relationship(lazy="raise", viewonly=True)
    reminders: Mapped[list["RideReminder"]] = relationship(
        lazy="raise", viewonly=True, order_by="RideReminder.due_at"
    )

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)

    @property
    def duration(self) -> timedelta | None:
        """None while the ride is open."""
        return self.ended_at - self.started_at if self.ended_at else None

    @property
    def start(self) -> Place:
        return place_at(self.start_address, self.start_lat, self.start_lon)

    @property
    def end(self) -> Place:
        return place_at(self.end_address, self.end_lat, self.end_lon)


class OpenRide(Base):
    """The open ride of a rider, in the rider's region wherever the ride is.

    Its primary key enforces "one open ride per rider" across regions, and needs only the rider's
    own region for it.
    """

    __tablename__ = "open_rides"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "rider_id"], ["users.region", "users.id"], onupdate="CASCADE"
        ),
        ForeignKeyConstraint(
            ["ride_region", "ride_id"], ["rides.region", "rides.id"], onupdate="CASCADE"
        ),
        #: A ride that moves to another region takes its open ride along (ON UPDATE CASCADE).
        Index("ix_open_rides_ride", "region", "ride_region", "ride_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the rider.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The rider. The primary key allows one open ride.
    rider_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Region of the ride.
    ride_region: Mapped[str] = mapped_column(Region)
    #: The ride.
    ride_id: Mapped[UUID]
    #: When the ride started; the same as in ``rides``.
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    @property
    def ride_key(self) -> RowKey:
        return RowKey(self.ride_region, self.ride_id)


#: ``user.open_ride`` is loaded together with the account: every page shows its clock.
User.open_ride = relationship(OpenRide, uselist=False, lazy="joined", viewonly=True)


def place_at(address: str | None, lat: float | None, lon: float | None) -> Place:
    """Return the place that is stored in three columns."""
    return Place(address, None if lat is None or lon is None else Point(lat, lon))


class RidePath(Base):
    """The path of a ride, if its rider recorded it. Deleted after SWEEP_AFTER_DAYS."""

    __tablename__ = "ride_paths"
    __table_args__ = (
        parent_foreign_key("rides", "ride_id"),
        #: ``flask sweep`` deletes old paths.
        Index("ix_ride_paths_changed", "region", "changed_at"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the ride.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The ride.
    ride_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: [[seconds since the start, latitude, longitude], ...], in order of time.
    points: Mapped[list[list[float]]] = mapped_column(JSONB)
    #: When the first points were added. A path grows for RIDE_MAX_S at most.
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
