"""Accounts, their roles, and what they are signed in with."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from flask_login import UserMixin
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    and_,
    exists,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, relationship

from webapp.api.models import IdempotencyKey
from webapp.auth.enums import EmailLinkPurpose
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.mail import Recipient
from webapp.regions.catalogue import catalogue
from webapp.regions.languages import city_language, city_territory
from webapp.regions.time_zones import find_time_zone
from webapp.translations.units import METRIC, find_territory_units
from webapp.web.roles import GRANTABLE_ROLES, PERMISSIONS, Permission, Role
from webapp.web.scopes import STAFF_SCOPES, Scope


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
        #: Login by user name, without a region.
        UniqueConstraint("username", name="uq_users_username"),
        #: Login by e-mail address, without a region.
        UniqueConstraint("email", name="uq_users_email"),
        #: The list of a city's riders, newest first.
        Index("ix_users_city", "region", "city", "created_at", "id"),
        #: The closed accounts of a city, which are few, newest first.
        Index(
            "ix_users_closed",
            "region",
            "city",
            "created_at",
            "id",
            postgresql_where=text("disabled_at IS NOT NULL"),
        ),
        #: The accounts whose rows a worker deletes, or should have deleted.
        Index(
            "ix_users_deleted",
            "region",
            "deleted_at",
            postgresql_where=text("deleted_at IS NOT NULL"),
        ),
        #: The search of staff by a part of a username. On CockroachDB region and city lead.
        Index(
            "ix_users_username_trigrams",
            "username",
            postgresql_using="gin",
            postgresql_ops={"username": "gin_trgm_ops"},
        ),
        #: The search of staff by a part of a first name. On CockroachDB region and city lead.
        Index(
            "ix_users_first_name_trigrams",
            "first_name",
            postgresql_using="gin",
            postgresql_ops={"first_name": "gin_trgm_ops"},
        ),
        #: The search of staff by a part of a last name. On CockroachDB region and city lead.
        Index(
            "ix_users_last_name_trigrams",
            "last_name",
            postgresql_using="gin",
            postgresql_ops={"last_name": "gin_trgm_ops"},
        ),
        #: The search of staff by a part of an address. On CockroachDB region and city lead.
        Index(
            "ix_users_email_trigrams",
            "email",
            postgresql_using="gin",
            postgresql_ops={"email": "gin_trgm_ops"},
        ),
        {"info": {**REGIONAL_BY_ROW, MOVES_WITH_CITY: "accounts"}},
    )

    #: Region of the home city.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made by the application. With the region it is the account's key.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: Home city. Moving to a city of another region moves the row, and what refers to it.
    city: Mapped[str] = mapped_column(ForeignKey("cities.name"))
    #: Lower case. Unique in the world, and used to log in.
    username: Mapped[str] = mapped_column(String(30))
    #: Lower case. Unique in the world, and used to log in.
    email: Mapped[str] = mapped_column(String(254))
    #: First name; other riders see it.
    first_name: Mapped[str] = mapped_column(String(60))
    #: Last name; other riders see its initial.
    last_name: Mapped[str] = mapped_column(String(60))
    #: bcrypt hash. Empty: the account has no password; an OpenID Connect identity opens it.
    password_hash: Mapped[str] = mapped_column(String(60))
    #: When the person registered.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When the person proved that the e-mail address is theirs; NULL: not yet.
    email_confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: In which language the person reads, ISO 639: that of mails. '': that of the home city.
    language: Mapped[str] = mapped_column(String(3), default="", server_default="")
    #: What the person has chosen of the unit of distance and the clock, ``mi-12``. Each part may be
    #: missing, ``mi-``; '': those of the country.
    units: Mapped[str] = mapped_column(String(5), server_default="")
    #: By which clocks the person reads what concerns the account, a name of IANA. '': those of the
    #: home city.
    time_zone: Mapped[str] = mapped_column(String(64), server_default="")
    #: When staff closed the account; NULL: it may be used.
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    #: When its owner deleted it, if it has so many rows that a worker deletes them: until then the
    #: row stays without the person, as one that nobody finds or signs in to. NULL: it was not.
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    #: Loaded with the account, in the same statement: every page needs them.
    role_grants: Mapped[list["RoleGrant"]] = relationship(lazy="joined", passive_deletes="all")

    #: The session of this request; webapp/auth/services/sessions.py sets it.
    login_session: "LoginSession"
    #: The access token of this request, if it is of the API: then there is no session.
    api_token: "ApiToken | AppToken | None" = None
    #: The answer to the same request of the API before. Loaded with the account, if it has a key.
    kept_answer: Mapped[IdempotencyKey | None] = relationship(viewonly=True, lazy="raise")

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)

    @property
    def recipient(self) -> Recipient:
        """Whom mails to the account are for, while they do not wait for another address."""
        city = catalogue().find(self.city)
        language = self.language or (city_language(city) if city else "")
        country_units = find_territory_units(language, city_territory(city)) if city else METRIC
        units = str(country_units.choose(self.units or ""))
        return Recipient(self.email, self.first_name, self.key, language, units)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the person: the one chosen, else that of the home city."""
        return find_time_zone(self.time_zone or "", catalogue().find(self.city))

    def get_id(self) -> str:
        """Return what Flask-Login keeps in the cookie: the session's key, not the account's."""
        return str(self.login_session.key)

    @property
    def roles(self) -> set[str]:
        """The roles of the account, in whichever city."""
        return {Role.RIDER, *(grant.role for grant in self.role_grants)}

    def has_permission(self, permission: Permission, city_name: str | None = None) -> bool:
        """Tell whether the account has a permission: in that city, or without one, in any."""
        return any(
            permission in grant.permissions and (city_name is None or grant.covers(city_name))
            for grant in self.role_grants
        )

    def cities_with_permission(self, permission: Permission) -> set[str] | None:
        """Return the names of the cities where the account has a permission; None: all cities."""
        granted = [grant.cities for grant in self.role_grants if permission in grant.permissions]
        return None if None in granted else {name for cities in granted for name in cities or ()}

    @property
    def usable_scopes(self) -> list[Scope]:
        """The scopes that give a program something: those of staff only with their permissions."""
        return [
            scope
            for scope in Scope
            if scope not in STAFF_SCOPES or any(map(self.has_permission, STAFF_SCOPES[scope]))
        ]

    @property
    def is_staff(self) -> bool:
        """Whether the account has any permission, anywhere."""
        return any(grant.permissions for grant in self.role_grants)

    @property
    def short_name(self) -> str:
        """The name that other riders see: first name and initial."""
        return f"{self.first_name} {self.last_name[:1]}."

    @property
    def personal_words(self) -> list[str]:
        """What others may know of the person, and so must not be the password."""
        return [self.username, self.email, self.first_name, self.last_name, self.city]


def joined_account_condition(
    region: ColumnElement[str] | InstrumentedAttribute[Any],
    id_: ColumnElement[UUID] | InstrumentedAttribute[Any],
) -> ColumnElement[bool]:
    """Return the condition that joins an account by its key, unless it has ended and its rows are
    being deleted."""
    return and_(User.region == region, User.id == id_, User.deleted_at.is_(None))


def is_account_open_condition(user_key: RowKey) -> ColumnElement[bool]:
    """Return the condition that there is an account with this key, which has not ended. It is part
    of the statements that write something for an account: the requests of a person may be under way
    when the account ends."""
    return exists().where(key_condition(User, user_key), User.deleted_at.is_(None))


class RoleGrant(Base):
    """A role that an account has, and where."""

    __tablename__ = "grants"
    __table_args__ = (
        _user_foreign_key(),
        CheckConstraint(one_of("role", GRANTABLE_ROLES), name="role"),
        #: The staff, without the many owners.
        Index("ix_grants_staff", "region", "role", postgresql_where=text("role <> 'owner'")),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The account that has the role.
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: ``owner``, ``support``, ``mechanic``, ``analyst``, ``fleet`` or ``admin``. Every account is a
    #: rider, without a row.
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    #: Names of the cities where the role holds; NULL: in all.
    cities: Mapped[list[str] | None] = mapped_column(ARRAY(String(64)))

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the role permits; a role of a newer release permits nothing here."""
        return PERMISSIONS.get(self.role, frozenset())

    def covers(self, city_name: str) -> bool:
        return self.cities is None or city_name in self.cities


class LoginSession(Base):
    """A session of an account on a device. The cookie holds its key and nothing else."""

    __tablename__ = "login_sessions"
    __table_args__ = (
        _user_foreign_key(),
        #: The sessions of an account: listed on its security page, ended together, and searched for
        #: the device at each login.
        Index("ix_login_sessions_user", "region", "user_id"),
        #: ``flask sweep`` deletes sessions that have not been used for a long time.
        Index("ix_login_sessions_seen", "region", "last_seen_at"),
        {"info": REGIONAL_BY_ROW},
    )

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: Made by the application. With the region it is the key that the cookie carries.
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: The account that is logged in.
    user_id: Mapped[UUID]
    #: When the session began.
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    #: When the session was last used. Written once a minute at most.
    last_seen_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    #: When the person last proved who they are; sensitive actions require a recent proof.
    authenticated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    #: When the session was ended by logging out or by a change of the account; NULL: it was not.
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    #: Whether the session lasts beyond the browser's ("Stay signed in on this device").
    remember: Mapped[bool] = mapped_column(Boolean)
    #: Whether a second factor was used.
    second_factor: Mapped[bool] = mapped_column(Boolean)
    #: Identifies the browser, from a cookie that outlives sessions. A new one is reported by mail.
    device: Mapped[UUID]
    #: The User-Agent header of the browser.
    agent: Mapped[str] = mapped_column(String(255))
    #: IP address at login.
    address: Mapped[str] = mapped_column(String(45))
    #: City of the address, if the proxy tells it; for the person to recognise the session.
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


class SecondFactor(Base):
    """The secret of an account's authenticator app (TOTP, RFC 6238)."""

    __tablename__ = "second_factors"
    __table_args__ = (_user_foreign_key(), {"info": REGIONAL_BY_ROW})

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
    __table_args__ = (_user_foreign_key(), {"info": REGIONAL_BY_ROW})

    #: Region of the account.
    region: Mapped[str] = mapped_column(Region, primary_key=True)
    #: The account that can be recovered.
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: SHA-256 of the code, hexadecimal. The row is deleted when the code is used.
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)


class Identity(Base):
    """An account at an OpenID Connect provider with which one signs in to this account."""

    __tablename__ = "identities"
    __table_args__ = (
        _user_foreign_key(),
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
    def limit_id(self) -> UUID:
        """What its requests are counted by, for one account."""
        return self.client_id


class ApiToken(Base):
    """A personal access token of an account, with which programs use the API."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        _user_foreign_key(),
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
    def limit_id(self) -> UUID:
        """What its requests are counted by, for one account."""
        return self.id

    @property
    def key(self) -> RowKey:
        return RowKey(self.region, self.id)
