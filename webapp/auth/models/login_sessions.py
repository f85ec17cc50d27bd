"""What people are signed in with on a device."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Boolean, DateTime, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey, parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class LoginSession(Base):
    """A session of an account on a device. The cookie holds its key and nothing else."""

    __tablename__ = "login_sessions"
    __table_args__ = (
        parent_foreign_key("users", "user_id"),
        #: The sessions of an account: listed on its security page, ended together, and searched for
        #: the device at each login.
        Index("ix_login_sessions_user", "region", "user_id"),
        #: ``flask sweep`` deletes sessions that have not been used for a long time.
        Index("ix_login_sessions_seen", "region", "last_seen_at"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made by the application. With the region it is the key that the cookie carries.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: The account that is logged in.
    user_id: Mapped[UUID]
    #: When the session began.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When the session was last used. Written once a minute at most.
    last_seen_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    #: When the person last proved who they are; sensitive actions require a recent proof.
    authenticated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    #: When the session was ended by logging out or by a change of the account; NULL: it was not.
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Whether the session lasts beyond the browser's ("Stay signed in on this device").
    remember: Mapped[bool] = mapped_column(Boolean)
    #: Whether a second factor was used.
    second_factor: Mapped[bool] = mapped_column(Boolean)
    #: Identifies the browser, from a cookie that outlives sessions. A new one is reported by mail.
    device: Mapped[UUID]
    #: The User-Agent header of the browser.
    agent: Mapped[str] = mapped_column(String(255))
    #: IP address at login.
    address: Mapped[str] = mapped_column(String(45))
    #: City of the address, if the proxy tells it; for the person to recognise the session.
    city: Mapped[str | None] = mapped_column(String(64))

    #: Set when the row is read (webapp/auth/services/sessions.py), by the database's clock:
    #: whether ``authenticated_at`` is recent enough for sensitive steps, and whether
    #: ``last_seen_at`` is so old that it must be written.
    is_recently_authenticated = True
    is_last_seen_due = False

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)
