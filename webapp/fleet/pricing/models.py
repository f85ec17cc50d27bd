"""What rides cost: a plan for each city and type of vehicle, one version after the other."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, String, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import GLOBAL
from webapp.extensions import Base
from webapp.fleet.pricing.price import Segment, Tariff


class PricingPlan(Base):
    """One version of a plan. Rows are never changed: a ride keeps the one it began with.

    GLOBAL: there are few, every region reads them with each ride, and they change seldom.
    """

    __tablename__ = "pricing_plans"
    __table_args__ = (
        UniqueConstraint(
            "city", "form_factor", "propulsion_type", "version", name="uq_pricing_plans_version"
        ),
        CheckConstraint("unlock_fee >= 0", name="unlock_fee"),
        CheckConstraint("daily_cap >= 0", name="daily_cap"),
        CheckConstraint("parking_fee >= 0", name="parking_fee"),
        CheckConstraint("reserve_min >= 0", name="reserve_min"),
        CheckConstraint("reserve_max_min >= reserve_min", name="reserve_max_min"),
        CheckConstraint("reservation_rate >= 0", name="reservation_rate"),
        CheckConstraint("tax_ppm BETWEEN 0 AND 1000000", name="tax_ppm"),
        {"info": GLOBAL},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: GBFS words; '' is any, for vehicles that have no plan of their own type.
    form_factor: Mapped[str] = mapped_column(String(24), default="")
    propulsion_type: Mapped[str] = mapped_column(String(24), default="")
    #: Counts from 1; the highest is the one that rides begin with.
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(60))
    #: ISO 4217, the city's; all money below is in its minor units.
    currency: Mapped[str] = mapped_column(String(3))
    unlock_fee: Mapped[int] = mapped_column(default=0)
    #: GBFS per_min_pricing: [{"start", "rate", "interval", "end"}], minutes and minor units.
    segments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    #: For how many minutes a vehicle is held without a charge; 0: it cannot be reserved.
    reserve_min: Mapped[int] = mapped_column(default=0)
    #: Longer holds are paid for each minute when asked for, up to so many minutes in all.
    reservation_rate: Mapped[int] = mapped_column(default=0)
    reserve_max_min: Mapped[int] = mapped_column(default=0)
    #: The most that unlocking and riding cost in each 24 hours of a ride; None: no cap.
    daily_cap: Mapped[int | None]
    #: For ending a ride where it is not allowed; None: that is refused.
    parking_fee: Mapped[int | None]
    #: Millionths (200,000 is 20 %), and whether the prices above hold it already.
    tax_ppm: Mapped[int] = mapped_column(default=0)
    tax_included: Mapped[bool] = mapped_column(default=True)
    published_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )

    @property
    def tariff(self) -> Tariff:
        """What the price of a ride follows from."""
        return Tariff(
            currency=self.currency,
            unlock_fee=self.unlock_fee,
            segments=tuple(Segment(**segment) for segment in self.segments),
            daily_cap=self.daily_cap,
            tax_ppm=self.tax_ppm,
            tax_included=self.tax_included,
        )
