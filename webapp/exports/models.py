"""The table of exports that are sent again and again."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    String,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey, parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region, one_of
from webapp.exports.enums import ExportPeriod
from webapp.extensions import Base


class ScheduledExport(Base):
    """An export whose link a member of staff gets by mail, each day, week or month."""

    __tablename__ = "scheduled_exports"
    __table_args__ = (
        parent_foreign_key("users", "user_id"),
        CheckConstraint(one_of("period", ExportPeriod), name="period"),
        #: Those of an account, the newest first.
        Index("ix_scheduled_exports_user", "region", "user_id", "created_at"),
        #: Those that are due.
        Index("ix_scheduled_exports_due", "region", "due_at"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made by the application.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: The account that gets the mails.
    user_id: Mapped[UUID]
    #: The table (``TableName``).
    table_name: Mapped[str] = mapped_column(String(24))
    #: The city whose rows are exported.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: The filter as it stands in an address, without days.
    filters: Mapped[dict[str, str]] = mapped_column(JSONB)
    #: ``day``, ``week`` or ``month``: how often, and of which days.
    period: Mapped[str] = mapped_column(String(8))
    #: When the next mail is sent.
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: When it was saved.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)
