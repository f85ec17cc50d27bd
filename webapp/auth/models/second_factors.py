"""Authenticator apps, and the codes that stand in for them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class SecondFactor(Base):
    """The secret of an account's authenticator app (TOTP, RFC 6238)."""

    __tablename__ = "second_factors"
    __table_args__ = (parent_foreign_key("users", "user_id"), {"info": REGIONAL_BY_ROW})

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The account; it has one authenticator at most.
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The shared secret, encrypted: reading the database is not enough to log in.
    secret: Mapped[str] = mapped_column(String(255))
    #: When the first right code was entered; NULL: being set up, and not asked for yet.
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Number of the 30-second step (RFC 6238) whose code was used last: no code works twice.
    last_step: Mapped[int] = mapped_column(BigInteger, server_default="0")


class RecoveryCode(Base):
    """A code that stands in once for a lost authenticator app. Only its digest is stored."""

    __tablename__ = "recovery_codes"
    __table_args__ = (parent_foreign_key("users", "user_id"), {"info": REGIONAL_BY_ROW})

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The account that can be recovered.
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: SHA-256 of the code, hexadecimal. The row is deleted when the code is used.
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
