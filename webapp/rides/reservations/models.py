"""The vehicle that a rider holds."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, backref, mapped_column, relationship

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class Reservation(Base):
    """The last vehicle a rider held, in the rider's region: one row, so one at a time.

    It holds as long as ``until`` is to come, and is forgotten when the ride starts. Nobody has to
    end it.
    """

    __tablename__ = "reservations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "rider_id"],
            ["users.region", "users.id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        ForeignKeyConstraint(
            ["vehicle_region", "vehicle_id"],
            ["vehicles.region", "vehicles.id"],
            onupdate="CASCADE",
        ),
        Index("ix_reservations_vehicle", "vehicle_region", "vehicle_id"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    rider_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Made anew with each reservation; what it costs is written once by that.
    id: Mapped[UUID]
    vehicle_region: Mapped[str] = mapped_column(Region)
    vehicle_id: Mapped[UUID]
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("pricing_plans.id"))
    reserved_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    until: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    #: Comes with the account in the same statement: every page shows the countdown.
    rider: Mapped[User] = relationship(
        viewonly=True, backref=backref("reservation", uselist=False, lazy="joined", viewonly=True)
    )

    @property
    def vehicle_key(self) -> RowKey:
        return RowKey(self.vehicle_region, self.vehicle_id)

    @property
    def holds(self) -> bool:
        return self.until > datetime.now(UTC)
