"""Accounts at OpenID Connect providers."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import DateTime, Index, String, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.keys import RowKey, parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region
from webapp.extensions import Base


class Identity(Base):
    """An account at an OpenID Connect provider with which one signs in to this account."""

    __tablename__ = "identities"
    __table_args__ = (
        parent_foreign_key("users", "user_id"),
        #: Login through OpenID Connect, without a region; an identity opens one account in the
        #: world.
        UniqueConstraint("issuer", "subject", name="uq_identities_issuer"),
        #: The identities of an account, on its security page.
        Index("ix_identities_user", "region", "user_id"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made by the application. With the region it is the key by which an identity is removed.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: The account that the identity opens.
    user_id: Mapped[UUID]
    #: URL of the OpenID Connect issuer.
    issuer: Mapped[str] = mapped_column(String(255))
    #: The issuer's identifier of the person (``sub``). Not the address, which may change hands.
    subject: Mapped[str] = mapped_column(String(255))
    #: The address that the issuer named when the identity was linked; for the person to recognise
    #: it.
    email: Mapped[str] = mapped_column(String(254))
    #: When the identity was linked.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)
