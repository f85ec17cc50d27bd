"""Reservations of vehicles."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.auth.models import User
from webapp.db.keys import RowKey, parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base

#: For how long each page says that a reserved vehicle was taken out of service.
WITHDRAWAL_SHOWN = timedelta(minutes=15)


class Reservation(Base):
    """The last reservation of a rider, in the rider's region: one row, so one at a time.

    It expires at ``until``, and is deleted when the ride starts.
    """

    __tablename__ = "reservations"
    __table_args__ = (
        parent_foreign_key("users", "rider_id"),
        ForeignKeyConstraint(
            ["vehicle_region", "vehicle_id"],
            ["vehicles.region", "vehicles.id"],
            onupdate="CASCADE",
        ),
        #: The move of a vehicle to another region finds the reservations that name it.
        Index("ix_reservations_vehicle", "vehicle_region", "vehicle_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the rider.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The rider. The primary key allows one reservation.
    rider_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: New for each reservation; its charges refer to it.
    id: Mapped[UUID]
    #: Region of the vehicle.
    vehicle_region: Mapped[str] = mapped_column(Region)
    #: The vehicle that is reserved.
    vehicle_id: Mapped[UUID]
    #: The version of the plan when it was reserved. NULL: there is no plan.
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("pricing_plans.id"))
    #: When it was reserved.
    reserved_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: When the reservation ends.
    until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: Equal to ``until``: it has ended because the vehicle was taken out of service. Else it means
    #: nothing: it is of an earlier reservation.
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    @property
    def vehicle_key(self) -> RowKey:
        return RowKey(self.vehicle_region, self.vehicle_id)

    @property
    def is_active(self) -> bool:
        return self.until > datetime.now(UTC)

    @property
    def is_withdrawn(self) -> bool:
        """Whether it has ended because the vehicle was taken out of service."""
        return self.withdrawn_at == self.until

    @property
    def is_just_withdrawn(self) -> bool:
        """The same, a short time ago: each page says so."""
        return self.is_withdrawn and self.until > datetime.now(UTC) - WITHDRAWAL_SHOWN


#: ``user.reservation`` is loaded together with the account: every page shows the countdown.
User.reservation = relationship(Reservation, uselist=False, lazy="joined", viewonly=True)
