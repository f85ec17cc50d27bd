"""Accounts and their roles."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from flask_login import UserMixin
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    exists,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, relationship

from webapp.api.models import IdempotencyKey
from webapp.db.keys import RowKey, key_condition, parent_foreign_key
from webapp.db.types import MOVES_WITH_CITY, REGIONAL_BY_ROW, Region, one_of
from webapp.extensions import Base
from webapp.mail import Recipient
from webapp.regions.catalogue import catalogue
from webapp.regions.languages import find_city_language, find_city_territory
from webapp.regions.time_zones import find_time_zone
from webapp.translations.units import find_territory_units
from webapp.web.roles import GRANTABLE_ROLES, PERMISSIONS, Permission, Role
from webapp.web.scopes import STAFF_SCOPES, Scope

if TYPE_CHECKING:
    from webapp.auth.models.api_tokens import ApiToken, AppToken
    from webapp.auth.models.login_sessions import LoginSession


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
    #: The highest minimum age of a city, years, for which the person was old enough when they gave
    #: their date of birth, which is not stored. NULL: they never gave one.
    old_enough_for: Mapped[int | None] = mapped_column(BigInteger)
    #: Since when that is known, a day in the city. It says nothing of the day of birth.
    old_enough_since: Mapped[date | None]
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
        language = self.language or (find_city_language(city) if city else "")
        territory = find_city_territory(city) if city else ""
        units = str(find_territory_units(language, territory).choose(self.units or ""))
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

    def permitted_city_condition(
        self,
        permission: Permission,
        city_name: ColumnElement[str] | InstrumentedAttribute[str],
    ) -> ColumnElement[bool]:
        """Return the condition that the account has a permission in the city of that name."""
        cities = self.cities_with_permission(permission)
        return true() if cities is None else city_name.in_(sorted(cities))

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


class RoleGrant(Base):
    """A role that an account has, and where."""

    __tablename__ = "grants"
    __table_args__ = (
        parent_foreign_key("users", "user_id"),
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
