"""What programs use the API with."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, String, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey, parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base


@dataclass(frozen=True)
class AppToken:
    """An access token of an app, as a request has it. It is no row: its family is
    (webapp/auth/oauth)."""

    client_id: UUID
    scopes: list[str]
    second_factor: bool
    expires_at: datetime
    #: Whether it must be written that the app is used today, and which day that is in UTC.
    is_last_used_due: bool
    today: date

    @property
    def rate_limit_subject(self) -> UUID:
        """What its requests are counted by, for one account."""
        return self.client_id


class ApiToken(Base):
    """A personal access token of an account, with which programs use the API."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        parent_foreign_key("users", "user_id"),
        #: The tokens of an account, on its page, and to delete them together.
        Index("ix_api_tokens_user", "region", "user_id"),
        #: ``flask sweep`` deletes tokens that expired long ago.
        Index("ix_api_tokens_expiry", "region", "expires_at"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account; also part of the token.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Part of the token: with the region it is the key by which it is found.
    id: Mapped[UUID] = mapped_column(primary_key=True)
    #: The account in whose name it is used.
    user_id: Mapped[UUID]
    #: What its owner calls it.
    name: Mapped[str] = mapped_column(String(60))
    #: SHA-256 of its secret, hexadecimal. The secret is not stored.
    digest: Mapped[str] = mapped_column(String(64))
    #: What it may be used for (``Scope``).
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    #: Whether the session that created it had used a second factor.
    second_factor: Mapped[bool]
    #: When it was created.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: It works until then.
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: When it was last used. Written once an hour at most. NULL: never.
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    #: Set when the row is read: whether ``last_used_at`` must be written.
    is_last_used_due = False

    @property
    def rate_limit_subject(self) -> UUID:
        """What its requests are counted by, for one account."""
        return self.id

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)
