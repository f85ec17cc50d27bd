"""Accounts: who may sign in, and as what."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from flask_login import UserMixin
from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.keys import RowKey
from webapp.schema import REGIONAL_BY_ROW, Base, Region


class Role(StrEnum):
    """What an account may do. ``rider`` is everyone and is not stored."""

    RIDER = "rider"
    OWNER = "owner"
    FLEET = "fleet"
    ADMIN = "admin"


#: Roles that hold others: an admin may do all that fleet staff may.
IMPLIED: dict[Role, set[Role]] = {Role.ADMIN: {Role.FLEET}}


class User(Base, UserMixin):
    """An account, in the region of its home city."""

    __tablename__ = "users"
    __table_args__ = (
        Index("ix_users_city", "region", "city", "created_at", "id"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: Home city. Moving to one in another region moves the row.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: Lower case; unique in the world, and so is the e-mail address.
    username: Mapped[str] = mapped_column(String(30), unique=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    first_name: Mapped[str] = mapped_column(String(60))
    last_name: Mapped[str] = mapped_column(String(60))
    password_hash: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    #: Loaded with the account, in the same statement: every page asks for them.
    grants: Mapped[list["Grant"]] = relationship(lazy="joined", passive_deletes="all")

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)

    def get_id(self) -> str:
        """What Flask-Login keeps in the cookie: enough to find the row in its region."""
        return str(self.key)

    @property
    def roles(self) -> set[Role]:
        """All roles of the account, with those they imply."""
        stored = {Role(grant.role) for grant in self.grants}
        return {Role.RIDER}.union(stored, *(IMPLIED.get(role, set()) for role in stored))

    def has_role(self, role: str) -> bool:
        return role in self.roles

    @property
    def short_name(self) -> str:
        """How other riders see the person: first name and initial."""
        return f"{self.first_name} {self.last_name[:1]}."


class Grant(Base):
    """A role given to an account."""

    __tablename__ = "grants"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "user_id"],
            ["users.region", "users.id"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        CheckConstraint("role IN ('owner', 'fleet', 'admin')", name="role"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
