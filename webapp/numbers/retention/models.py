"""Cohorts: riders by the month of their first ride."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class RiderCohort(Base):
    """How many riders rode in a month, of those who first rode in another month, or in the same.

    A count, which stays when an account is deleted. There is no row for 0.
    """

    __tablename__ = "rider_cohorts"
    __table_args__ = ({"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "cohorts of riders"}},)

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: City of the rides.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: When the month began in which they rode.
    month_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    #: When the month began in which their first ride in the city ended.
    first_month_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    #: How many.
    riders: Mapped[int] = mapped_column(BigInteger)
