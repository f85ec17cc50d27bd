"""Accounts: who may sign in, and as what."""

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

from webapp.auth.enums import Purpose
from webapp.db.keys import RowKey
from webapp.db.types import REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.web.roles import IMPLIED, STAFF, Role


def _of_user() -> ForeignKeyConstraint:
    """What belongs to an account moves and goes with it."""
    return ForeignKeyConstraint(
        ["region", "user_id"],
        ["users.region", "users.id"],
        ondelete="CASCADE",
        onupdate="CASCADE",
    )


class User(Base, UserMixin):
    """An account, in the region of its home city."""

    __tablename__ = "users"
    __allow_unmapped__ = True  # for ``login``, which is no column
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
    #: Empty: this account has no password, and is entered through another issuer's sign-in.
    password_hash: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: None: whoever has this account has not shown yet that the address is theirs.
    email_confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: None: the account may be used.
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    #: Loaded with the account, in the same statement: every page asks for them.
    grants: Mapped[list["Grant"]] = relationship(lazy="joined", passive_deletes="all")

    #: The session in which the person is here; set by webapp/auth/services/sessions.py.
    login: "LoginSession"

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)

    def get_id(self) -> str:
        """What Flask-Login keeps in the cookie: the session's key, which leads to the account."""
        return str(self.login.key)

    @property
    def roles(self) -> set[Role]:
        """All roles of the account, with those they imply."""
        stored = {Role(grant.role) for grant in self.grants}
        return {Role.RIDER}.union(stored, *(IMPLIED.get(role, set()) for role in stored))

    def has_role(self, role: str, city: str | None = None) -> bool:
        """Tell whether the account has the role: in ``city``, or without one, anywhere."""
        if city is None:
            return role in self.roles
        return any(grant.gives(Role(role)) and grant.reaches(city) for grant in self.grants)

    def reach(self, role: str) -> set[str] | None:
        """Return the names of the cities where the account has the role; None: everywhere."""
        given = [grant.cities for grant in self.grants if grant.gives(Role(role))]
        return None if None in given else {name for cities in given for name in cities or ()}

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & STAFF)

    @property
    def short_name(self) -> str:
        """How other riders see the person: first name and initial."""
        return f"{self.first_name} {self.last_name[:1]}."


class Grant(Base):
    """A role given to an account."""

    __tablename__ = "grants"
    __table_args__ = (
        _of_user(),
        CheckConstraint("role IN ('owner', 'fleet', 'admin')", name="role"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    #: Names of the cities where the role holds; None: everywhere.
    cities: Mapped[list[str] | None] = mapped_column(ARRAY(String(64)))

    def gives(self, role: Role) -> bool:
        """Tell whether this is the role, or one that holds it."""
        return self.role == role or role in IMPLIED.get(Role(self.role), set())

    def reaches(self, city: str) -> bool:
        return self.cities is None or city in self.cities


class LoginSession(Base):
    """One sign-in on one device, until it ends. The cookie carries its key and nothing else."""

    __tablename__ = "login_sessions"
    __table_args__ = (
        _of_user(),
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
    #: When the person last showed who they are; sensitive steps want that fresh.
    authenticated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: "Stay signed in on this device".
    remember: Mapped[bool] = mapped_column(Boolean)
    #: Whether a second factor was shown.
    second_factor: Mapped[bool] = mapped_column(Boolean)
    #: Of the browser, from a cookie that outlives sessions: a new one is told by mail.
    device: Mapped[UUID]
    #: The browser's own words about itself.
    agent: Mapped[str] = mapped_column(String(255))
    address: Mapped[str] = mapped_column(String(45))
    #: Where the proxy said that the visitor stands.
    city: Mapped[str | None] = mapped_column(String(64))

    #: Set when the row is read (webapp/auth/services/sessions.py), by the database's clock:
    #: whether the person has authenticated a short while ago, and whether ``last_seen_at`` is due.
    is_fresh = True
    is_due = False

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)


class EmailLink(Base):
    """A link in a mail, good for one use. Only a digest of its secret is kept."""

    __tablename__ = "email_links"
    __table_args__ = (
        _of_user(),
        CheckConstraint(one_of("purpose", Purpose), name="purpose"),
        Index("ix_email_links_user", "region", "user_id"),
        Index("ix_email_links_expiry", "region", "expires_at"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: SHA-256 of the secret, in hexadecimal.
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[UUID]
    purpose: Mapped[str] = mapped_column(String(16))
    #: The address that is confirmed by using the link.
    email: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SecondFactor(Base):
    """The secret of a rider's authenticator app (TOTP, RFC 6238)."""

    __tablename__ = "second_factors"
    __table_args__ = (_of_user(), {"info": REGIONAL_BY_ROW})

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Encrypted: whoever reads the database shall not be able to sign in.
    secret: Mapped[str] = mapped_column(String(255))
    #: None: being set up; counts for nothing until a first code was right.
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Number of the 30-second step whose code was used last: no code is good twice.
    last_step: Mapped[int] = mapped_column(BigInteger, server_default="0")


class RecoveryCode(Base):
    """A code that stands in for a lost authenticator, once. Only its digest is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (_of_user(), {"info": REGIONAL_BY_ROW})

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: SHA-256, in hexadecimal.
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)


class Identity(Base):
    """An account at another issuer (OpenID Connect) that opens this one."""

    __tablename__ = "identities"
    __table_args__ = (
        _of_user(),
        UniqueConstraint("issuer", "subject"),
        Index("ix_identities_user", "region", "user_id"),
        {"info": REGIONAL_BY_ROW},
    )

    region: Mapped[str] = mapped_column(Region, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID]
    #: The issuer's URL and its name for the person, never an address: those change hands.
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    #: As the issuer knew it when they were linked; for the person to recognise.
    email: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)
