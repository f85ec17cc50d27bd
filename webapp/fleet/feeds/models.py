"""The feeds that were imported."""

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, String, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.types import GLOBAL
from webapp.extensions import Base
from webapp.fleet.models import MAX_FEED_ID_LENGTH, MAX_SOURCE_LENGTH


class ImportedFeed(Base):
    """A feed that was imported into a city. GLOBAL: a small table, which follows its city without
    being moved; only imports read and write it."""

    __tablename__ = "imported_feeds"
    __table_args__ = ({"info": GLOBAL},)

    #: City of its vehicles.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"), primary_key=True)
    #: The GBFS system; ``feed_system`` of its vehicles.
    system: Mapped[str] = mapped_column(String(MAX_FEED_ID_LENGTH), primary_key=True)
    #: Where it was read last: ``file``, or host and path of its URL.
    source: Mapped[str] = mapped_column(String(MAX_SOURCE_LENGTH))
    #: GBFS ``last_updated`` of the vehicles that were imported last. An older copy of the feed is
    #: refused. NULL: the feed does not say.
    last_updated_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When it was imported last.
    imported_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
