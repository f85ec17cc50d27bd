"""The links in e-mails that confirm an address or reset a password."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.auth.enums import EmailLinkPurpose
from webapp.db.keys import parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base


class EmailLink(Base):
    """A link in an e-mail, valid for one use. Only a digest of its token is stored."""

    __tablename__ = "email_links"
    __table_args__ = (
        parent_foreign_key("users", "user_id"),
        CheckConstraint(one_of("purpose", EmailLinkPurpose), name="purpose"),
        #: The links of an account: a new link or password makes the older ones invalid, and a
        #: change of address looks for the link that was sent to the other address.
        Index("ix_email_links_user", "region", "user_id"),
        #: ``flask sweep`` deletes links that expired long ago.
        Index("ix_email_links_expiry", "region", "expires_at"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account; also part of the link.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: SHA-256 of the link's token, hexadecimal. The token is not stored.
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: The account that the link is for.
    user_id: Mapped[UUID]
    #: ``confirm``, ``reset``, or one of the pair ``change_old`` and ``change_new``.
    purpose: Mapped[str] = mapped_column(String(16))
    #: The address that using the link confirms.
    email: Mapped[str] = mapped_column(String(254))
    #: When the link was sent; the same for both links of a pair.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: The link is invalid from then on.
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: When the link was used; NULL: it was not. A link works once.
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
