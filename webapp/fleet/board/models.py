"""How many vehicles a city has, and in which cells of the map, counted beforehand."""

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class VehicleCount(Base):
    """How many vehicles of a city have this in ``vehicles.counted_as``. Only the job that counts
    writes it; the board adds what has changed since."""

    __tablename__ = "vehicle_counts"
    __table_args__ = ({"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "vehicle counts"}},)

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The city.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: State and form factor, with a space between.
    counted_as: Mapped[str] = mapped_column(String(49), primary_key=True)
    #: How many. While the city moves to another region its vehicles may be in both.
    number: Mapped[int] = mapped_column(BigInteger)


class VehicleCellCount(Base):
    """How many vehicles of a city have this in ``vehicles.counted_cell`` and ``counted_as``. It is
    written together with ``VehicleCount``; the map of staff adds what has changed since."""

    __tablename__ = "vehicle_cell_counts"
    __table_args__ = ({"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "vehicle counts of cells"}},)

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The city.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: The cell of the grid (webapp/regions/geography.py).
    cell: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    #: State and form factor, with a space between.
    counted_as: Mapped[str] = mapped_column(String(49), primary_key=True)
    #: How many; 0 until a nightly job deletes the row.
    number: Mapped[int] = mapped_column(BigInteger)
