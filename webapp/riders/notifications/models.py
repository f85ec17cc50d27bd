"""Notifications of an account, and how it gets them."""

from datetime import datetime, time, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Index, String, Time, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from webapp.auth.models import User
from webapp.db.keys import RowKey, parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region, table
from webapp.extensions import Base
from webapp.riders.notifications.quiet_hours import QuietHours

#: Of the address of a page, characters.
MAX_PATH_LENGTH = 500


class Notification(Base):
    """A notification of an account, in the region of the account."""

    __tablename__ = "notifications"
    __table_args__ = (
        parent_foreign_key("users", "user_id"),
        #: The list of an account, newest first.
        Index("ix_notifications_user", "region", "user_id", "created_at", "id"),
        #: The number of those that are unread, which every page shows.
        Index(
            "ix_notifications_unread",
            "region",
            "user_id",
            postgresql_where=text("read_at IS NULL AND is_listed"),
        ),
        #: ``flask sweep`` deletes old ones.
        Index("ix_notifications_created", "region", "created_at"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: That of the job that has written it, so that a job that runs twice writes one.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The account.
    user_id: Mapped[UUID]
    #: The name of a NotificationKind.
    kind: Mapped[str] = mapped_column(String(40))
    #: The address of the page that it is about, without the host. '': none.
    path: Mapped[str] = mapped_column(String(MAX_PATH_LENGTH), server_default="")
    #: What its text is made of, in the language of whoever reads it. (Any: JSON)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: When it was written.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When the person has read it; NULL: not yet.
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Whether the list shows it; else it is there for the other channels only.
    is_listed: Mapped[bool] = mapped_column(server_default=text("true"))

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)


class NotificationChoices(Base):
    """How an account gets its notifications. Without a row, in the usual ways."""

    __tablename__ = "notification_choices"
    __table_args__ = (parent_foreign_key("users", "user_id"), {"info": REGIONAL_BY_ROW})

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The account.
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: By which channels (``Channel``) those of a topic (``Topic``) come. A topic that is missing
    #: comes in the usual ways.
    channels: Mapped[dict[str, list[str]]] = mapped_column(JSONB)
    #: From when on push messages wait, by the clocks of the person. NULL: they never do.
    quiet_from: Mapped[time | None] = mapped_column(Time())
    #: Until when they wait; before ``quiet_from``: until the day after.
    quiet_until: Mapped[time | None] = mapped_column(Time())

    @property
    def quiet_hours(self) -> QuietHours | None:
        """When nobody is to be disturbed; None: never."""
        if self.quiet_from is None or self.quiet_until is None:
            return None
        return QuietHours(self.quiet_from, self.quiet_until)

    def find_quiet_end(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """Return until when a push message waits; None: it does not."""
        return self.quiet_hours.find_end(moment, zone) if self.quiet_hours else None


#: Of more, the header of a page says that there are more.
MAX_UNREAD_SHOWN = 99

_notifications = table(Notification).c
_unread = (
    select(_notifications.id)
    .where(
        _notifications.region == User.region,
        _notifications.user_id == User.id,
        _notifications.read_at.is_(None),
        _notifications.is_listed,
    )
    .limit(MAX_UNREAD_SHOWN + 1)  # each page counts them
    .correlate(User)
    .subquery("unread")
)
#: How many are unread, counted up to one more than is shown; read with the account of the viewer
#: only (``Hooks.viewer_attributes``).
User.unread_notifications = column_property(
    select(func.count()).select_from(_unread).scalar_subquery(), deferred=True
)
#: ``user.notification_choices`` comes with the account where a page asks for it.
User.notification_choices = relationship(
    NotificationChoices, uselist=False, viewonly=True, lazy="raise"
)
