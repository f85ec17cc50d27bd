"""The devices that get push messages, and the key that signs these."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.auth.models import LoginSession
from webapp.db.keys import parent_foreign_key
from webapp.db.types import GLOBAL, REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class PushSubscription(Base):
    """A browser that takes push messages for an account. It belongs to the session in which it was
    turned on, and gets nothing once that has ended, in whatever way: whoever signs in next gets
    nothing of this account. If it has expired, the next one of the account at this browser takes
    it over."""

    __tablename__ = "push_subscriptions"
    __table_args__ = (
        #: And so to the account of the session, whose region it shares.
        parent_foreign_key("login_sessions", "session_id"),
        #: The devices of an account: sent to, listed and counted.
        Index("ix_push_subscriptions_user", "region", "user_id"),
        #: A session that is deleted finds its own.
        Index("ix_push_subscriptions_session", "region", "session_id"),
        #: ``flask sweep`` deletes those whose session has lasted as long as a session can.
        Index("ix_push_subscriptions_created", "region", "created_at"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made from the endpoint and the account: a browser that subscribes again has one row.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The account.
    user_id: Mapped[UUID]
    #: The session in which it was turned on, or the one that took it over.
    session_id: Mapped[UUID]
    #: The address at the push service and the keys of the browser, encrypted: who has them can send
    #: to the device.
    ciphertext: Mapped[str] = mapped_column(String(4000))
    #: When it was turned on, or taken over, in this session.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    #: The browser is known by its session.
    login_session: Mapped[LoginSession] = relationship(lazy="raise", viewonly=True)


class PushKey(Base):
    """The key that says to push services who sends (VAPID, RFC 8292). Browsers subscribe for its
    public half: with another key they would have to subscribe again.

    GLOBAL: one row that every region reads.
    """

    __tablename__ = "push_keys"
    __table_args__ = ({"info": GLOBAL},)

    #: The thumbprint of the key (RFC 7638).
    kid: Mapped[str] = mapped_column(String(43), primary_key=True)
    #: The private key as a JWK, encrypted.
    private_jwk: Mapped[str] = mapped_column(String(2000))
    #: When it was made. The oldest one signs.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
