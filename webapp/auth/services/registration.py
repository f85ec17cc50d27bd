"""The rules of accounts."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, lazyload

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth import passwords
from webapp.auth.devices import Device
from webapp.auth.enums import EmailLinkPurpose
from webapp.auth.models import Identity, LoginSession, RoleGrant, User
from webapp.auth.services import email_links, sessions
from webapp.auth.services.email_links import Token
from webapp.db.errors import violated_constraint
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.regions.models import City
from webapp.web import rate_limits
from webapp.web.rate_limits import Limit, TooManyTries
from webapp.web.roles import Role
from webapp.web.security_headers import public_url

#: What a new account is written with.
NEW_USER = (
    "region", "id", "city", "first_name", "last_name", "username", "email", "password_hash",
)  # fmt: skip


class UsernameTaken(DomainError):
    status = 422
    field = "username"
    message = _l("Somebody has this username already. Choose another.")


class EmailTaken(DomainError):
    status = 422
    field = "email"
    message = _l("There is an account with this e-mail address already. Sign in instead.")


class IdentityTaken(DomainError):
    message = _l("That account opens another account here already.")


class UnknownUser(DomainError):
    status = 404
    message = _l("There is no account of that name.")


class WrongPassword(DomainError):
    status = 422
    field = "password"
    message = _l("That is not your password.")


class EmailNotConfirmed(DomainError):
    status = 403
    title = _l("One step is missing")
    message = _l("Confirm your e-mail address first, with the link that we sent you.")


def check_confirmed(user: User) -> None:
    """Raise EmailNotConfirmed for who has not shown that the address is theirs.

    They may not ride yet. Nor may they add ways into the account: it could have been opened with
    somebody else's address, who will take it over by a new password and must then be alone in it.
    """
    if not user.email_confirmed_at:
        raise EmailNotConfirmed


@dataclass(frozen=True)
class Registration:
    """What a person tells about themselves to open an account."""

    city: City
    first_name: str
    last_name: str
    username: str
    email: str
    #: Empty: the account is entered through another issuer's sign-in.
    password: str

    @property
    def personal(self) -> list[str]:
        """What a password must not be made of."""
        return [self.username, self.email, self.first_name, self.last_name, self.city.name]


def register(
    told: Registration,
    device: Device | None = None,
    *,
    confirmed: bool = False,
    identity: dict[str, Any] | None = None,
) -> User:
    """Open an account in the region of its home city and return it. One statement.

    device: begin a session there, too; it is at ``user.login_session`` then.
    confirmed: the e-mail address is known to be theirs. Otherwise a link to confirm it is sent.
    identity: columns of an Identity that opens the account.

    Raises UsernameTaken, EmailTaken, IdentityTaken (the database decides, so two at once cannot
    both win), WeakPassword, TooManyTries.
    """
    if device:
        limit = limit_of("LIMIT_REGISTER_ADDRESS")
        rate_limits.attempt([rate_limits.address_bucket("register", limit, device.address)])
    if told.password:
        passwords.check_strength(told.password, told.personal)
    user = _new_user(told)
    login = sessions.columns(user.key, device, False, False) if device else None
    token = Token.make(user.region)
    statement = _registering(user, confirmed, login, token, identity)

    def work(session: Session) -> datetime:
        if not confirmed:
            send_confirmation(session, user, token)
        created_at: datetime = session.scalars(statement).one()
        return created_at

    try:
        user.created_at = run_transaction(work, one_statement=True)
    except IntegrityError as error:
        refusal = _taken(error)
        if isinstance(refusal, EmailTaken):
            _tell_owner(user.email)
        raise refusal from None
    user.email_confirmed_at = user.created_at if confirmed else None
    if login:
        user.login_session = LoginSession(**login)
    return user


def _new_user(told: Registration) -> User:
    return User(
        region=told.city.region,
        id=uuid4(),
        city=told.city.name,
        first_name=told.first_name,
        last_name=told.last_name,
        username=told.username.lower(),
        email=told.email.lower(),
        password_hash=passwords.hash_password(told.password) if told.password else "",
        role_grants=[],
    )


def _registering(
    user: User,
    confirmed: bool,
    login: dict[str, Any] | None,
    token: Token,
    identity: dict[str, Any] | None,
) -> Any:
    users = table(User)
    columns = {name: getattr(user, name) for name in NEW_USER}
    columns["email_confirmed_at"] = func.now() if confirmed else None
    registered = audit_event_statement(
        AuditKind.REGISTERED, actor=user.key, subject=audit_subject("account", user.key)
    )
    parts = [as_cte(registered)]
    if login:
        parts.append(sessions.making(login).cte("began"))
    if not confirmed:
        lasts_s = current_app.config["CONFIRM_LINK_S"]
        link = email_links.making(user.key, token, EmailLinkPurpose.CONFIRM, user.email, lasts_s)
        parts.append(link.cte("link"))
    if identity:
        row = {**identity, "region": user.region, "user_id": user.id, "id": uuid4()}
        its = table(Identity)
        parts.append(insert(its).values(row).returning(its.c.id).cte("identity"))
    return insert(users).values(columns).returning(users.c.created_at).add_cte(*parts)


def send_confirmation(session: Session, user: User, token: Token) -> None:
    """Send the link that confirms the account's address, once the transaction is committed."""
    link = public_url("auth.confirm_email", token=str(token))
    mail.send_after_commit(
        session, to=user.email, template="confirm_email", name=user.first_name, link=link
    )


def _tell_owner(email: str) -> None:
    """Tell whoever has the address that somebody tried to register with it."""
    mails = rate_limits.bucket("mail, taken", limit_of("LIMIT_MAIL_ACCOUNT"), email)
    with suppress(TooManyTries):  # they have heard of it often enough
        rate_limits.attempt([mails])
        _send_to_owner(email)


def _send_to_owner(email: str) -> None:
    its = select(User).where(User.email == email).options(lazyload("*"))

    def work(session: Session) -> None:
        if owner := session.scalars(its).one_or_none():
            mail.send_after_commit(
                session,
                to=owner.email,
                template="address_taken",
                name=owner.first_name,
                link=public_url("auth.login"),
                reset_link=public_url("auth.forgotten"),
            )

    run_transaction(work, one_statement=True, idempotent=True)


def _taken(error: IntegrityError) -> Exception:
    taken: dict[str, type[DomainError]] = {
        "uq_users_username": UsernameTaken,
        "uq_users_email": EmailTaken,
        "uq_identities_issuer": IdentityTaken,
    }
    fact = taken.get(violated_constraint(error))
    return fact() if fact else error


def limit_of(setting: str) -> Limit:
    """Return how often something may be tried, by the name of its setting."""
    return Limit(*current_app.config[setting])


def find_user(name: str) -> User | None:
    """Return the account of that username or e-mail address, in any case, or None."""
    return db.session.scalars(select(User).where(named(name))).unique().one_or_none()


def named(name: str) -> Any:
    column = User.email if "@" in name else User.username
    return column == name.lower()


def user_at(key: RowKey) -> User | None:
    """Return the account at that key, or None.

    An account whose owner has moved to another region is found there, at the price of asking them
    all once.
    """
    for where in ((User.region == key.region) & (User.id == key.id), User.id == key.id):
        found = db.session.scalars(select(User).where(where))
        if user := found.unique().one_or_none():
            return user
    return None


def grant(user: RowKey, role: Role, cities: list[str] | None = None) -> None:
    """Give a role to an account, in ``cities`` or everywhere; once more changes nothing.

    A role that is there already holds in these cities from now on, and in no others.
    """
    about = audit_subject("account", user)
    audit_event = audit_event_statement(
        AuditKind.ROLE_GRANTED, region=user.region, subject=about, role=role.value, cities=cities
    )
    statement = _granting(user, role, cities).add_cte(as_cte(audit_event))
    run_transaction(lambda s: s.execute(statement), idempotent=True, one_statement=True)


def add_grant(
    session: Session, user: RowKey, role: Role, cities: Iterable[str] | None = None
) -> None:
    """Give a role within a transaction that does more, and tells why."""
    session.execute(_granting(user, role, cities))


def _granting(user: RowKey, role: Role, cities: Iterable[str] | None) -> Any:
    """The role that is there already is written again: to PostgreSQL, ON CONFLICT DO NOTHING has
    not read the row, so somebody who withdraws it at the same time would not be noticed."""
    values: dict[str, Any] = {
        "region": user.region,
        "user_id": user.id,
        "role": role.value,
        "cities": None if cities is None else sorted(cities),  # none at all is nowhere
    }
    statement = insert(table(RoleGrant)).values(values)
    return statement.on_conflict_do_update(
        index_elements=["region", "user_id", "role"], set_={"cities": statement.excluded.cities}
    )


def withdraw(user: RowKey, role: Role) -> None:
    """Take a role from an account; once more changes nothing."""
    statement = withdrawing(user, role)
    run_transaction(lambda s: s.execute(statement).all(), idempotent=True, one_statement=True)


def withdrawing(user: RowKey, role: Role) -> Any:
    """Return the statement that takes a role, for transactions that do more."""
    grants = table(RoleGrant)
    withdrawn = (
        delete(grants)
        .where(grants.c.region == user.region, grants.c.user_id == user.id)
        .where(grants.c.role == role.value)
        .returning(grants.c.role)
        .cte("withdrawn")
    )
    audit_event = audit_event_statement(
        AuditKind.ROLE_REVOKED,
        region=user.region,
        subject=audit_subject("account", user),
        after=withdrawn,
        role=role.value,
    )
    return select(withdrawn.c.role).add_cte(as_cte(audit_event))
