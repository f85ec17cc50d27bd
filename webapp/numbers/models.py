"""Rollups: sums of events and rides, by city, time and type of vehicle."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, String, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.numbers.enums import Metric, Period


class Rollup(Base):
    """The sum of a metric over an hour, a day or a month in a city; there is no row for 0.

    It is computed from events and rides, and can be computed again as long as those are kept.
    """

    __tablename__ = "rollups"
    __table_args__ = (
        CheckConstraint(one_of("period", Period), name="period"),
        CheckConstraint(one_of("metric", Metric), name="metric"),
        {"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "rollups"}},
    )

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: City where it happened.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: ``hour``, ``day`` or ``month``.
    period: Mapped[str] = mapped_column(String(8), primary_key=True)
    #: When the hour, day or month began.
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    #: What is counted (``Metric``).
    metric: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: The dimension of the metric: a state, a currency, ... Empty: it has none.
    dimension: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: GBFS form factor of the vehicles, as it was when this was computed.
    form_factor: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: The sum, in the unit of the metric.
    value: Mapped[int] = mapped_column(BigInteger)


class RollupTotal(Base):
    """The sum of a metric over a day or a month in a city, as pages show it: of one type of
    vehicles or of all, and of all days or without those with few rides.

    It follows from the rollups of days, so that a page reads just the rows that it shows.
    """

    __tablename__ = "rollup_totals"
    __table_args__ = (
        CheckConstraint(one_of("period", (Period.DAY, Period.MONTH)), name="period"),
        {"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "totals of rollups"}},
    )

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: City where it happened.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: Without what those may not see who may not see persons (webapp/numbers/day_suppression.py).
    hides_few: Mapped[bool] = mapped_column(primary_key=True)
    #: GBFS form factor of the vehicles. Empty: of all types.
    form_factor: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: ``day`` or ``month``.
    period: Mapped[str] = mapped_column(String(8), primary_key=True)
    #: What is counted (``Metric``), or ``few``.
    metric: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: When the day or month began.
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    #: The dimension of the metric, as in ``rollups``.
    dimension: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: The sum, in the unit of the metric.
    value: Mapped[int] = mapped_column(BigInteger)


class RollupProgress(Base):
    """Until when the rollups of a city are there."""

    __tablename__ = "rollups_progress"
    __table_args__ = ({"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "rollup progress"}},)

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The city.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: The end of the last hour that is there. Events that were recorded until then are in the
    #: rollups, also those that are dated earlier.
    done_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: The same. Read by the release before this one; nothing writes it.
    recorded_until: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    #: Until when the release before this one has written totals. Nothing writes it, so that this
    #: release, when it is started again, writes its own since then.
    totals_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Until when totals and response times are there. NULL: a release before this one has made the
    #: rollups.
    response_times_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
