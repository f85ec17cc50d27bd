"""Accounts, their roles, and what they are signed in with."""

from datetime import datetime
from uuid import UUID, uuid4

from flask_login import UserMixin
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.auth.enums import EmailLinkPurpose
from webapp.db.keys import RowKey
from webapp.db.types import REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.web.roles import IMPLIED, STAFF, Role


def _user_foreign_key() -> ForeignKeyConstraint:
    """Rows of an account move to another region with it, and are deleted with it."""
    return ForeignKeyConstraint(
        ["region", "user_id"],
        ["users.region", "users.id"],
        ondelete="CASCADE",
        onupdate="CASCADE",
    )


class User(Base, UserMixin):
    """An account, in the region of its home city."""

    __tablename__ = "users"
    __allow_unmapped__ = True  # for ``login_session``, which is no column
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
    #: bcrypt; empty: the account has no password, and is signed in to through OpenID Connect.
    password_hash: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: None: nobody has opened the link yet that was sent to the address.
    email_confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: When staff closed the account; None: it may be used.
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    #: Loaded with the account, in the same statement: every page needs them.
    role_grants: Mapped[list["RoleGrant"]] = relationship(lazy="joined", passive_deletes="all")

    #: The session of this request; webapp/auth/services/sessions.py sets it.
    login_session: "LoginSession"

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)

    def get_id(self) -> str:
        """Return what Flask-Login keeps in the cookie: the session's key, not the account's."""
        return str(self.login_session.key)

    @property
    def roles(self) -> set[Role]:
        """All roles of the account, in whichever city, with those they imply."""
        granted = {Role(grant.role) for grant in self.role_grants}
        return {Role.RIDER}.union(granted, *(IMPLIED.get(role, set()) for role in granted))

    def has_role(self, role: str, city_name: str | None = None) -> bool:
        """Tell whether the account has the role: in that city, or without one, in any."""
        if city_name is None:
            return role in self.roles
        return any(
            grant.includes(Role(role)) and grant.covers(city_name) for grant in self.role_grants
        )

    def cities_with_role(self, role: str) -> set[str] | None:
        """Return the names of the cities where the account has the role; None: all cities."""
        granted = [grant.cities for grant in self.role_grants if grant.includes(Role(role))]
        return None if None in granted else {name for cities in granted for name in cities or ()}

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & STAFF)

    @property
    def short_name(self) -> str:
        """The name that other riders see: first name and initial."""
        return f"{self.first_name} {self.last_name[:1]}."

    @property
    def personal_words(self) -> list[str]:
        """What others may know of the person, and so must not be the password."""
        return [self.username, self.email, self.first_name, self.last_name, self.city]


class RoleGrant(Base):
    """A role that an account has, and where."""

    __tablename__ = "grants"
    __table_args__ = (
        _user_foreign_key(),
        CheckConstraint("role IN ('owner', 'fleet', 'admin')", name="role"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    #: Names of the cities where the account has the role; None: all cities.
    cities: Mapped[list[str] | None] = mapped_column(ARRAY(String(64)))

    def includes(self, role: Role) -> bool:
        """Tell whether this is the role, or one that implies it."""
        return self.role == role or role in IMPLIED.get(Role(self.role), set())

    def covers(self, city_name: str) -> bool:
        return self.cities is None or city_name in self.cities


class LoginSession(Base):
    """A session of an account on a device. The cookie holds its key and nothing else."""

    __tablename__ = "login_sessions"
    __table_args__ = (
        _user_foreign_key(),
        Index("ix_login_sessions_user", "region", "user_id"),
        Index("ix_login_sessions_seen", "region", "last_seen_at"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: Written at most once a minute.
    last_seen_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    #: When the person last gave password or code: at sign-in, or at the reauthentication that
    #: sensitive steps require.
    authenticated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: "Stay signed in on this device".
    remember: Mapped[bool] = mapped_column(Boolean)
    #: Whether the second factor was verified in this session.
    second_factor: Mapped[bool] = mapped_column(Boolean)
    #: Identifies the browser, by a cookie that outlives sessions.
    device: Mapped[UUID]
    #: The User-Agent header.
    agent: Mapped[str] = mapped_column(String(255))
    #: The IP address.
    address: Mapped[str] = mapped_column(String(45))
    #: Name of the city that the proxy found for the address.
    city: Mapped[str | None] = mapped_column(String(64))

    #: Set when the row is read (webapp/auth/services/sessions.py), by the database's clock:
    #: whether ``authenticated_at`` is recent enough for sensitive steps, and whether
    #: ``last_seen_at`` is so old that it must be written.
    is_recently_authenticated = True
    is_last_seen_due = False

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)


class EmailLink(Base):
    """A link in an e-mail, valid for one use. Only a digest of its token is stored."""

    __tablename__ = "email_links"
    __table_args__ = (
        _user_foreign_key(),
        CheckConstraint(one_of("purpose", EmailLinkPurpose), name="purpose"),
        Index("ix_email_links_user", "region", "user_id"),
        Index("ix_email_links_expiry", "region", "expires_at"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: SHA-256 of the token's secret, in hexadecimal.
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[UUID]
    purpose: Mapped[str] = mapped_column(String(16))
    #: The address that using the link confirms.
    email: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SecondFactor(Base):
    """The secret of an account's authenticator app (TOTP, RFC 6238)."""

    __tablename__ = "second_factors"
    __table_args__ = (_user_foreign_key(), {"info": REGIONAL_BY_ROW})

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Encrypted (webapp/auth/encryption.py), so that a copy of the database shows no codes.
    secret: Mapped[str] = mapped_column(String(255))
    #: When the first code was right; None: it is being set up, and is not asked for yet.
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: The time step whose code was used last: no code is valid twice.
    last_step: Mapped[int] = mapped_column(BigInteger, server_default="0")


class RecoveryCode(Base):
    """A code that stands in once for a lost authenticator app. Only its digest is stored."""

    __tablename__ = "recovery_codes"
    __table_args__ = (_user_foreign_key(), {"info": REGIONAL_BY_ROW})

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: SHA-256, in hexadecimal.
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)


class Identity(Base):
    """An account at an OpenID Connect provider with which one signs in to this account."""

    __tablename__ = "identities"
    __table_args__ = (
        _user_foreign_key(),
        UniqueConstraint("issuer", "subject"),
        Index("ix_identities_user", "region", "user_id"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID]
    #: The claims ``iss`` and ``sub``. Never the e-mail address: that can pass to somebody else.
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    #: The address at the provider when it was linked, for the person to recognise.
    email: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)
