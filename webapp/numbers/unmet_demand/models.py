"""In which half hours demand in a cell was not met, and in how many of a month."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class UnmetDemand(Base):
    """In which half hours of a day somebody looked for a vehicle in a cell and none was near.

    It does not say who, nor how many or how often.
    """

    __tablename__ = "unmet_demand"
    __table_args__ = ({"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "unmet demand"}},)

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: City in which somebody looked.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: When the day began, by the clock of the city.
    day_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    #: GBFS form factor that was looked for. Empty: any.
    form_factor: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: The cell: an H3 index.
    cell: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: Region of the city when this was written. While a city moves, servers write in its new region
    #: what would else be the key of a row that is still to move.
    origin: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: A bit for each half hour of the day: the lowest one for the first.
    half_hours: Mapped[int] = mapped_column(BigInteger)


class UnmetDemandMonth(Base):
    """In how many half hours of a month demand in a cell was not met, as pages show it: of those
    who looked for one type or of all, and with everything or without what is few.

    It follows from ``unmet_demand``, and can be computed again as long as that is kept.
    """

    __tablename__ = "unmet_demand_months"
    __table_args__ = ({"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "unmet demand of months"}},)

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: City in which somebody looked.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: Without cells that have few half hours of a type.
    hides_few: Mapped[bool] = mapped_column(primary_key=True)
    #: GBFS form factor that was looked for. Empty: all who looked, also for any type.
    form_factor: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: When the month began.
    month_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    #: The cell: an H3 index.
    cell: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: How many.
    half_hours: Mapped[int] = mapped_column(BigInteger)
