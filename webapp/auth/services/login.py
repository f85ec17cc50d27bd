"""Signing in: who it is, whether they may try, whether the password is theirs; then a session.

Three round trips beside the hash, whatever the answer: look up, count the try, write what became
of it. So neither words nor the clock tell whether an account exists. A code in a second step takes
three as well.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask_babel import format_datetime
from flask_babel import lazy_gettext as _l
from sqlalchemy import CTE, exists, select, update
from sqlalchemy.orm import Session

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth import passwords
from webapp.auth.devices import Device
from webapp.auth.labels import device_label, place_label
from webapp.auth.models import LoginSession, SecondFactor, User
from webapp.auth.services import second_factor, sessions
from webapp.auth.services.registration import limit_of, named
from webapp.auth.services.second_factor import Shown, Status
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.regions.catalogue import catalogue
from webapp.web import rate_limits
from webapp.web.rate_limits import Bucket, Ceiling, TooManyTries
from webapp.web.security_headers import public_url


class WrongCredentials(DomainError):
    """The same for a wrong password, an unknown name and a disabled account."""

    status = 422
    field = "password"
    message = _l("Name and password do not belong together. Try again.")


@dataclass(frozen=True)
class Candidate:
    """An account that somebody wants to enter."""

    user: User
    #: Whether they have been in from this browser before.
    knows_device: bool
    factor: Status = second_factor.OFF

    @property
    def has_second_factor(self) -> bool:
        return self.factor.is_on


def check_password(name: str, password: str, device: Device) -> Candidate:
    """Return the account of that username or address if the password fits.

    Raises WrongCredentials, and TooManyTries before the password is looked at.
    """
    found = look_up(named(name), device)
    user = found.user if found else None
    _count_try(found, name, device)
    fits = passwords.verify_password(password, user.password_hash if user else None)
    if found is None or not fits or found.user.disabled_at:
        _count_failure(user)
        raise WrongCredentials
    return found


def look_up(where: Any, device: Device) -> Candidate | None:
    """Return the account for which ``where`` holds, or None."""
    logins = table(LoginSession).c
    knows_device = exists().where(
        logins.region == User.region, logins.user_id == User.id, logins.device == device.id
    )
    its_factor = (SecondFactor.region == User.region) & (SecondFactor.user_id == User.id)
    statement = (
        select(User, knows_device, *second_factor.status_columns())
        .outerjoin(SecondFactor, its_factor)
        .where(where)
        .execution_options(populate_existing=True)  # as it is now: it may have been read before
    )
    row = db.session.execute(statement).unique().one_or_none()
    return Candidate(row[0], row[1], Status(*row[2:])) if row else None


def _count_try(found: Candidate | None, name: str, device: Device) -> None:
    known = found and found.knows_device
    try:  # whoever was in before gets in, however many strangers guess
        rate_limits.attempt(_own_buckets(found, name, device), None if known else _all_visitors())
    except TooManyTries as refusal:
        if refusal.details["first"]:  # a flood of tries shall not become a flood of rows
            audit_event = _told(AuditKind.SIGN_IN_RATE_LIMITED, found.user if found else None)
            run_transaction(lambda s: s.execute(audit_event), one_statement=True, idempotent=True)
        raise


def _count_failure(user: User | None) -> None:
    failed = rate_limits.counting([_all_visitors().shard()])
    statement = failed.add_cte(as_cte(_told(AuditKind.SIGN_IN_FAILED, user)))
    run_transaction(lambda s: s.execute(statement).all(), one_statement=True, idempotent=True)


def _told(kind: AuditKind, user: User | None) -> Any:
    return audit_event_statement(kind, subject=audit_subject("account", user.key) if user else None)


def _own_buckets(found: Candidate | None, name: str, device: Device) -> list[Bucket]:
    """A browser that was in before is counted by itself: strangers who guess lock themselves out,
    and not the owner."""
    per_account = limit_of("LIMIT_SIGN_IN_ACCOUNT")
    if found and found.knows_device:
        account = rate_limits.bucket("sign in, device", per_account, (found.user.id, device.id))
    else:
        who = found.user.id if found else name.lower()
        account = rate_limits.bucket("sign in, account", per_account, who)
    return [account, address_bucket(device)]


def address_bucket(device: Device) -> Bucket:
    """Return where tries to sign in from one address are counted; ``sign_in`` gives one back."""
    limit = limit_of("LIMIT_SIGN_IN_ADDRESS")
    return rate_limits.address_bucket("sign in, address", limit, device.address)


def _all_visitors() -> Ceiling:
    return Ceiling("sign in", limit_of("LIMIT_SIGN_IN_TOTAL"))


def sign_in(
    found: Candidate, device: Device, *, remember: bool, password: str | None = None
) -> User:
    """Begin a session; return the account, with the session at ``login``. One statement.

    password: what was typed, to hash it anew when hashes have become costlier.
    An account that is entered from a new browser hears of it by mail; one that has a second factor
    is not entered here. Raises WrongCredentials when the account was disabled, or got another
    password, since it was looked up.
    """
    if found.has_second_factor:
        raise RuntimeError("sign_in_with_code is the door of accounts with a second factor")
    user = found.user
    anew = _hash_anew(user, password)
    as_it_was = select(_as_it_was(user, anew)).where(~_has_factor(user)).cte("alone")
    still = select(as_it_was.c.id).exists()
    parts = [
        _giving_back(found, device).where(still).cte("tries"),
        *_rehash(user, anew),
    ]
    login = sessions.columns(user.key, device, remember, second_factor=False)
    statement = sessions.beginning(user.key, login, parts, after=as_it_was)

    def work(session: Session) -> bool:
        if began := session.execute(statement).first() is not None:
            _tell_of_new_device(session, found, device)
        return began

    if not run_transaction(work, one_statement=True, idempotent=True):
        raise WrongCredentials
    user.login_session = LoginSession(**login)
    return user


def settle_first_factor(found: Candidate, device: Device, password: str | None) -> None:
    """Do what ``sign_in`` does besides, for somebody who must show a code before it begins."""
    user, anew = found.user, _hash_anew(found.user, password)
    still = select(_as_it_was(user, anew).c.id).exists()
    statement = _giving_back(found, device).where(still).add_cte(*_rehash(user, anew))
    run_transaction(lambda s: s.execute(statement).all(), one_statement=True, idempotent=True)
    user.password_hash = anew or user.password_hash


def sign_in_with_code(found: Candidate, typed: str, device: Device, *, remember: bool) -> Shown:
    """Begin a session like ``sign_in``, for a code of the app or a recovery code; return which.

    Raises WrongCode, and TooManyTries before the code is looked at. Browsers that the account
    knows are counted by themselves, as for the password.
    """
    user = found.user
    who = (user.id, device.id if found.knows_device else None)
    login = sessions.columns(user.key, device, remember, second_factor=True)
    with second_factor.trying(user, who) as tries:
        shown = second_factor.read(user, found.factor, typed)
        used = shown.using.where(select(_as_it_was(user)).exists()).cte("used")
        parts = [second_factor.giving_back(tries, used)]
        statement = sessions.beginning(user.key, login, parts, after=used)

        def work(session: Session) -> None:
            shown.use(session, statement)
            _tell_of_new_device(session, found, device)

        run_transaction(work, one_statement=not shown.is_recovery_code)
    user.login_session = LoginSession(**login)
    return shown


def _has_factor(user: User) -> Any:
    """Whether a second factor was set up meanwhile, which has not been shown."""
    factors = table(SecondFactor).c
    return exists().where(
        factors.region == user.region,
        factors.user_id == user.id,
        factors.confirmed_at.is_not(None),
    )


def _as_it_was(user: User, anew: str = "") -> CTE:
    """The account, if it still has the password that was shown, and may be used.

    anew: another hash of that password, which an attempt whose answer was lost may have written.
    """
    users, hashes = table(User), [user.password_hash, *filter(None, [anew])]
    return (
        select(users.c.id)
        .where(users.c.region == user.region, users.c.id == user.id)
        .where(users.c.password_hash.in_(hashes), users.c.disabled_at.is_(None))
        .cte("as_it_was")
    )


def _giving_back(found: Candidate, device: Device) -> Any:
    return rate_limits.giving_back(_own_buckets(found, "", device))


def _hash_anew(user: User, password: str | None) -> str:
    """Return a new hash of the password, where hashes have become costlier; else ''."""
    if password is None or not passwords.needs_rehash(user.password_hash):
        return ""
    return passwords.hash_password(password)


def _rehash(user: User, anew: str) -> list[Any]:
    if not anew:
        return []
    users = table(User)
    rehash = (
        update(users)
        .where(users.c.region == user.region, users.c.id == user.id)
        .where(users.c.password_hash == user.password_hash)  # not one set a moment ago
        .values(password_hash=anew)
        .returning(users.c.id)
    )
    return [rehash.cte("rehash")]


def _tell_of_new_device(session: Session, found: Candidate, device: Device) -> None:
    if found.knows_device:
        return
    user = found.user
    mail.send_after_commit(
        session,
        to=user.email,
        template="new_device",
        name=user.first_name,
        device=device_label(device.agent),
        place=place_label(device.city, device.address),
        when=_now_at_home(user),
        link=public_url("auth.account_page"),
    )


def _now_at_home(user: User) -> str:
    city = catalogue().find(user.city)
    now = datetime.now(UTC)
    return str(format_datetime(now.astimezone(city.zone) if city else now, rebase=False))
