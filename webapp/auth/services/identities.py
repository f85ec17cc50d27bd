"""Accounts at other sites that open an account here."""

from typing import Any
from uuid import UUID, uuid4

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, exists, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth.devices import Device
from webapp.auth.models import Identity, SecondFactor, User
from webapp.auth.oidc import Person, Provider, label_of, providers
from webapp.auth.services import login
from webapp.auth.services.login import Candidate
from webapp.auth.services.registration import IdentityTaken, check_confirmed
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.db.types import Region, table
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.web import rate_limits


class NotLetIn(DomainError):
    """A disabled account; it is not told that it is one."""

    status = 422
    title = _l("You cannot come in this way")
    message = _l("This sign-in does not open an account at the moment.")


class NotYours(DomainError):
    """The identity is not of the account whose owner is to show who they are."""

    status = 403
    title = _l("That was somebody else")
    message = _l("You signed in there with an account that does not open this one.")


class LastWayIn(DomainError):
    message = _l("This is the only way into your account. Set a password first.")


def columns(person: Person) -> dict[str, Any]:
    """Return what a new Identity says of the person."""
    return {"issuer": person.issuer, "subject": person.subject, "email": person.email}


def _is(person: Person) -> Any:
    return (Identity.issuer == person.issuer) & (Identity.subject == person.subject)


def owner_of(person: Person) -> RowKey | None:
    """Return the account that the person's identity opens, or None."""
    row = db.session.execute(
        select(Identity.region, Identity.user_id).where(_is(person))
    ).one_or_none()
    return RowKey(*row) if row else None


def find(person: Person, device: Device) -> Candidate | None:
    """Return the account that the person's identity opens, or None when there is none.

    Counts as a try from this address, but not to guess at this account: whoever does that must
    not keep its owner out here. Raises TooManyTries, and NotLetIn when the account is disabled.
    """
    opened = exists().where(
        _is(person), Identity.region == User.region, Identity.user_id == User.id
    )
    found = login.look_up(opened, device)
    if found is None:
        return None
    rate_limits.attempt([login.address_bucket(device)])
    if found.user.disabled_at:
        audit_event = audit_event_statement(
            AuditKind.SIGN_IN_FAILED, subject=audit_subject("account", found.user.key)
        )
        run_transaction(lambda s: s.execute(audit_event), one_statement=True, idempotent=True)
        raise NotLetIn
    return found


def of_user(user: User) -> list[Identity]:
    """Return what opens the account besides its password, the oldest first."""
    statement = (
        select(Identity)
        .where(Identity.region == user.region, Identity.user_id == user.id)
        .order_by(Identity.created_at, Identity.id)
        .limit(100)
    )
    return list(db.session.scalars(statement))


# --- linking -----------------------------------------------------------------------------------


def link(user: User, person: Person) -> None:
    """Let the person's identity open the account; they hear of it by mail. Once more is fine.

    Raises IdentityTaken when it opens another account, EmailNotConfirmed.
    """
    check_confirmed(user)
    its = table(Identity)
    row = {"region": user.region, "id": uuid4(), "user_id": user.id, **columns(person)}
    linked = (
        insert(its)
        .values(row)
        .on_conflict_do_nothing(index_elements=["issuer", "subject"])
        .returning(its.c.id)
        .cte("linked")
    )
    account = audit_subject("account", user.key)
    audit_event = audit_event_statement(
        AuditKind.IDENTITY_LINKED, subject=account, after=linked, issuer=person.issuer
    )
    # An attempt whose answer was lost is known by the id that it wrote.
    mine = select(its.c.id).where(its.c.region == user.region, its.c.id == row["id"])
    statement = union_all(select(linked.c.id), mine).add_cte(as_cte(audit_event))

    def work(session: Session) -> bool:
        is_new = bool(session.execute(statement).all())
        if is_new:
            provider = label_of(person.issuer)
            mail.send_after_commit(
                session,
                to=user.email,
                template="identity_linked",
                name=user.first_name,
                provider=provider,
            )
        return is_new

    is_new = run_transaction(work, one_statement=True, idempotent=True)
    if not is_new and owner_of(person) != user.key:
        raise IdentityTaken


def unlink(user: User, identity_id: UUID) -> None:
    """Let an identity open the account no longer.

    Raises NotFound, and LastWayIn when nothing else would open the account. One statement decides,
    so of two at once the last stays.
    """
    its = table(Identity)
    mine = (
        (its.c.region == literal(user.region, Region))
        & (its.c.user_id == user.id)
        & (its.c.id == identity_id)
    )
    gone = delete(its).where(mine, _another_way(its)).returning(its.c.id).cte("gone")
    account = audit_subject("account", user.key)
    audit_event = audit_event_statement(AuditKind.IDENTITY_UNLINKED, subject=account, after=gone)
    # The question sees the table as it was before.
    statement = (
        select(its.c.id, gone.c.id.label("gone"))
        .select_from(its.outerjoin(gone, its.c.id == gone.c.id))
        .where(mine)
        .add_cte(as_cte(audit_event))
    )
    row = run_transaction(lambda s: s.execute(statement).one_or_none(), one_statement=True)
    if row is None:
        raise NotFound
    if row.gone is None:
        raise LastWayIn


def _another_way(its: Any) -> Any:
    """A password, or another identity of an issuer that is still ours."""
    users, others = table(User).c, table(Identity).alias("others").c
    password = exists().where(
        users.region == its.c.region, users.id == its.c.user_id, users.password_hash != ""
    )
    another = exists().where(
        others.region == its.c.region,
        others.user_id == its.c.user_id,
        others.id != its.c.id,
        others.issuer.in_([each.issuer for each in providers()]),
    )
    return or_(password, another)


# --- showing who one is ------------------------------------------------------------------------


def ways_to_prove(user: User) -> list[Provider]:
    """Return the providers with which the person may show once more who they are.

    Whoever has a password or a second factor shows that instead.
    """
    if user.password_hash:
        return []
    issuers = set(db.session.scalars(select(Identity.issuer).where(_proves(user))))
    return [each for each in providers() if each.issuer in issuers]


def prove(user: User, person: Person) -> None:
    """Take the issuer's word that it is still the account's owner. Raises NotYours."""
    asked = select(Identity.id).where(_proves(user), _is(person))
    if user.password_hash or db.session.scalar(asked) is None:
        raise NotYours


def _proves(user: User) -> Any:
    factor = exists().where(
        SecondFactor.region == Identity.region,
        SecondFactor.user_id == Identity.user_id,
        SecondFactor.confirmed_at.is_not(None),
    )
    return (Identity.region == user.region) & (Identity.user_id == user.id) & ~factor
