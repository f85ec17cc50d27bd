"""Offers of vehicles to other owners."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKeyConstraint,
    FromClause,
    Index,
    ScalarSelect,
    String,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition, parent_foreign_key
from webapp.db.types import REGIONAL_BY_ROW, Region, one_of, table
from webapp.extensions import Base
from webapp.fleet.models import Vehicle
from webapp.fleet.vehicle_offers.enums import OfferState


class VehicleOffer(Base):
    """An owner offers a vehicle to whoever has an e-mail address. In the region of the vehicle:
    accepting it changes both in one statement."""

    __tablename__ = "vehicle_offers"
    __table_args__ = (
        parent_foreign_key("vehicles", "vehicle_id"),
        ForeignKeyConstraint(
            ["owner_region", "owner_id"],
            ["users.region", "users.id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        CheckConstraint(one_of("state", OfferState), name="state"),
        #: The offers of an owner, in all regions, newest first.
        Index("ix_vehicle_offers_owner", "owner_region", "owner_id", "created_at", "id"),
        #: Whether a vehicle is offered already; moving and deleting it.
        Index("ix_vehicle_offers_vehicle", "region", "vehicle_id"),
        #: What an address was offered: the personal data export, deleting the account.
        Index("ix_vehicle_offers_email", "region", "email", "created_at"),
        #: ``flask sweep`` deletes old ones.
        Index("ix_vehicle_offers_expires", "region", "expires_at"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the vehicle.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Follows from the form: an offer that is sent twice is one.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: The vehicle.
    vehicle_id: Mapped[UUID]
    #: Region of the owner.
    owner_region: Mapped[str] = mapped_column(Region)
    #: Who offers it.
    owner_id: Mapped[UUID]
    #: Whom it is offered to, in lower case. Nobody may have an account with it yet.
    email: Mapped[str] = mapped_column(String(254))
    #: SHA-256 of the secret in the link.
    digest: Mapped[str] = mapped_column(String(64))
    #: ``open``, ``accepted``, ``declined`` or ``withdrawn``.
    state: Mapped[str] = mapped_column(String(16), server_default=OfferState.OPEN.value)
    #: When it was made.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: Until when it can be accepted.
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    #: When it was accepted, declined or withdrawn. NULL: it was not.
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    vehicle: Mapped[Vehicle] = relationship(lazy="raise", viewonly=True)
    owner: Mapped[User] = relationship(lazy="raise", viewonly=True)

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)

    @property
    def vehicle_key(self) -> RowKey:
        return RowKey(self.region, self.vehicle_id)

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.state == OfferState.OPEN and self.expires_at > datetime.now(UTC)


def open_offer_condition(offers: FromClause) -> ColumnElement[bool]:
    """Return the condition that an offer waits for an answer."""
    return (offers.c.state == OfferState.OPEN.value) & (offers.c.expires_at > func.now())


def confirmed_email_subquery(user_key: RowKey) -> ScalarSelect[str]:
    """Return the address by which offers are an account's; NULL until it is confirmed, since it may
    be another person's."""
    users = table(User)
    is_confirmed = users.c.email_confirmed_at.is_not(None)
    query = select(users.c.email).where(key_condition(users, user_key), is_confirmed)
    return query.scalar_subquery()
