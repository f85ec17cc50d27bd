"""How long reports and tasks waited, by day and month."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.numbers.enums import Period


class ResponseTimeCounts(Base):
    """How many reports or tasks of a kind waited for about as long, of those to which staff
    responded in a day or month; as pages show it: of one type of vehicles or of all, and with
    everything or without what is few.

    It follows from reports and tasks, and can be computed again as long as those are kept.
    """

    __tablename__ = "response_times"
    __table_args__ = (
        CheckConstraint(one_of("period", (Period.DAY, Period.MONTH)), name="period"),
        {"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "response times"}},
    )

    #: Region of the city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: City of the vehicles.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: Without kinds of a type of which a month has few. Days are then not there.
    hides_few: Mapped[bool] = mapped_column(primary_key=True)
    #: GBFS form factor of the vehicles. Empty: of all types.
    form_factor: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: ``day`` or ``month``.
    period: Mapped[str] = mapped_column(String(8), primary_key=True)
    #: When the day or month began in which staff responded.
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    #: What is measured (``ResponseMetric``).
    metric: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: The kind of report or task.
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    #: How many in each bucket of duration, from the first one to the last that has any.
    counts: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
