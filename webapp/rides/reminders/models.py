"""The table of reminders."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.rides.reminders.enums import ReminderKind


class RideReminder(Base):
    """A mail that the rider of a running ride wants to get, in the region of the ride. The job that
    sends it deletes the row."""

    __tablename__ = "ride_reminders"
    __table_args__ = (
        parent_foreign_key("rides", "ride_id"),
        CheckConstraint(one_of("kind", ReminderKind), name="kind"),
        CheckConstraint("(kind = 'price') = (amount IS NOT NULL)", name="amount"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the ride.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The ride.
    ride_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: ``time`` or ``price``. The primary key allows one of each.
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    #: When the mail is sent. Of a price: when the ride costs ``amount``, which its plan decides.
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: Minor units of the ride's currency. NULL: it waits for a time.
    amount: Mapped[int | None] = mapped_column(BigInteger)
    #: The job that sends the mail. When the rider sets the reminder again, it stays; or it becomes
    #: another one, if a worker has begun it, which finds then that the reminder is not its own.
    job_id: Mapped[UUID]
