"""How many pages were opened."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class UsageCount(Base):
    """How often people took a step on a day in a city; there is no row for 0.

    It does not say who: there is no account, no cookie and no address.
    """

    __tablename__ = "usage_counts"
    __table_args__ = ({"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "usage counts"}},)

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: City whose pages were opened.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: When the day began, by the clock of the city.
    day_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    #: What was done (``UsageStep``).
    step: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: Region of the city when this was written. While a city moves, servers write in its new region
    #: what would else be the key of a row that is still to move. Empty: of first and second rides.
    origin: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: How often.
    number: Mapped[int] = mapped_column(BigInteger)
