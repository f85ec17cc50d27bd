"""The table of phone numbers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class PhoneNumber(Base):
    """The phone number of an account, and the code that confirms it."""

    __tablename__ = "phone_numbers"
    __table_args__ = (
        parent_foreign_key("users", "user_id"),
        #: ``flask sweep`` deletes numbers that nobody has confirmed.
        Index(
            "ix_phone_numbers_unconfirmed",
            "region",
            "created_at",
            postgresql_where=text("confirmed_at IS NULL"),
        ),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The account; it has one number at most.
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: In E.164: ``+12125550123``.
    number: Mapped[str] = mapped_column(String(16))
    #: When it was entered.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When the right code was entered; NULL: not yet.
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Keyed digest (HMAC) of the code, hexadecimal; NULL: it was used.
    code_digest: Mapped[str | None] = mapped_column(String(64))
    #: The code is invalid from then on.
    code_expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: How often a code was entered.
    attempts: Mapped[int] = mapped_column(BigInteger, server_default="0")
