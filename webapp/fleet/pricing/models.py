"""Pricing plans: one for each city and type of vehicle, in versions."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import GLOBAL
from webapp.extensions import Base
from webapp.fleet.pricing.quotes import MINUTES_PER_DAY, Segment, Tariff

#: Of the name of a plan, characters.
MAX_NAME_LENGTH = 60


class PricingPlan(Base):
    """One version of a plan. Rows are never changed: a ride keeps the version that it started with.

    GLOBAL: a small table that every region reads with each ride and that changes seldom.
    """

    __tablename__ = "pricing_plans"
    __table_args__ = (
        #: The current version of each plan of a city, and its history; of two who publish the same
        #: version at once, one is refused.
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

    #: Made by the application; rides and reservations keep it.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: City where the plan is valid.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: GBFS form factor that it is for. Empty: any that has no plan of its own.
    form_factor: Mapped[str] = mapped_column(String(24), default="")
    #: GBFS propulsion type that it is for. Empty: any that has no plan of its own.
    propulsion_type: Mapped[str] = mapped_column(String(24), default="")
    #: Counts from 1 for each city and type; new rides use the highest.
    version: Mapped[int]
    #: Name of the plan, for languages without a name in ``labels``.
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    #: The names by language, ISO 639-1: ``{"de": "Minutentarif"}``.
    labels: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    #: ISO 4217 code, that of the city. All amounts of the plan are in its minor units.
    currency: Mapped[str] = mapped_column(String(3))
    #: Price of starting a ride, minor units.
    unlock_fee: Mapped[int] = mapped_column(BigInteger, default=0)
    #: Price by time, as GBFS ``per_min_pricing``: [{"start", "rate", "interval", "end"}], in
    #: minutes and minor units.
    segments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)  # Any: JSON
    #: Minutes for which a reservation is free; 0: the vehicle cannot be reserved.
    reserve_min: Mapped[int] = mapped_column(default=0)
    #: Price of each further minute of a reservation, minor units, paid when it is extended.
    reservation_rate: Mapped[int] = mapped_column(BigInteger, default=0)
    #: The longest reservation in all, minutes.
    reserve_max_min: Mapped[int] = mapped_column(default=0)
    #: The most that a ride costs in each ``fare_cap_min``, minor units; NULL: no limit.
    fare_cap: Mapped[int | None] = mapped_column("daily_cap", BigInteger, key="fare_cap")
    #: The period of the fare cap, minutes, as ``fare_capping.duration`` of GBFS 3.1.
    fare_cap_min: Mapped[int] = mapped_column(
        BigInteger, default=MINUTES_PER_DAY, server_default="1440"
    )
    #: Price of ending a ride where that is not allowed, minor units; NULL: it is refused.
    parking_fee: Mapped[int | None] = mapped_column(BigInteger)
    #: Tax in millionths: 200,000 is 20 %.
    tax_ppm: Mapped[int] = mapped_column(default=0)
    #: Whether the prices above include the tax.
    tax_included: Mapped[bool] = mapped_column(default=True)
    #: When this version was published.
    published_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )

    @property
    def tariff(self) -> Tariff:
        """The terms that the price of a ride follows from."""
        return Tariff(
            currency=self.currency,
            unlock_fee=self.unlock_fee,
            segments=tuple(Segment(**segment) for segment in self.segments),
            fare_cap=self.fare_cap,
            fare_cap_min=self.fare_cap_min,
            tax_ppm=self.tax_ppm,
            tax_included=self.tax_included,
        )
