"""Rides by cell, and from cell to cell, by month."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class CellRides(Base):
    """How many rides started and ended in a cell in a month, as pages show it: with vehicles of one
    type or of all, and with everything or without what is few.

    Counts, which stay when an account is deleted.
    """

    __tablename__ = "cell_rides"
    __table_args__ = ({"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "rides by cell"}},)

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: City of the rides.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: Without what those may not see who may not see persons: 0 stands for fewer than ten, too.
    hides_few: Mapped[bool] = mapped_column(primary_key=True)
    #: GBFS form factor of the vehicles. Empty: of all types.
    form_factor: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: When the month began in which the rides ended.
    month_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    #: The cell: an H3 index.
    cell: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: Rides that started there.
    starts: Mapped[int] = mapped_column(BigInteger)
    #: Rides that ended there.
    ends: Mapped[int] = mapped_column(BigInteger)


class RideFlow(Base):
    """How many rides went from a cell to a cell in a month, of the most frequent pairs of cells; as
    pages show it, as ``CellRides``."""

    __tablename__ = "ride_flows"
    __table_args__ = ({"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "rides between cells"}},)

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: City of the rides.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: Without pairs of fewer than ten rides.
    hides_few: Mapped[bool] = mapped_column(primary_key=True)
    #: GBFS form factor of the vehicles. Empty: of all types.
    form_factor: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: When the month began in which the rides ended.
    month_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    #: Where they started: an H3 index.
    start_cell: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: Where they ended: an H3 index.
    end_cell: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: How many.
    rides: Mapped[int] = mapped_column(BigInteger)
