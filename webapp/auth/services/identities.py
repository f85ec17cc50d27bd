"""Identities: accounts at OpenID Connect providers that are linked with an account here."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Table,
    and_,
    delete,
    exists,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.dml import ReturningInsert

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.devices import Device
from webapp.auth.models import Identity, User, is_account_open_condition
from webapp.auth.oidc.claims import IdentityClaims
from webapp.auth.oidc.providers import Provider, list_providers, provider_label
from webapp.auth.rate_limits import sign_in_address_buckets
from webapp.auth.services import login
from webapp.auth.services.email_confirmation import check_email_confirmed
from webapp.auth.services.login import LoginAttempt
from webapp.auth.services.second_factor import is_on_condition
from webapp.db.inserts import insert, insert_if
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import DomainError, NotFound
from webapp.extensions import db
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits


class AccountClosed(DomainError):
    """Staff have closed the account. The text does not say so."""

    status = 422
    title = _l("You can't sign in this way")
    message = _l("This sign-in is not connected to an account.")


class IdentityTaken(DomainError):
    message = _l("That account is already connected to another MovR account.")


class OtherIdentity(DomainError):
    """The identity does not belong to the account that is to reauthenticate."""

    status = 403
    title = _l("Different account")
    message = _l("You signed in with an account that is not connected to this one.")


class LastSignInMethod(DomainError):
    message = _l("This is your only way to sign in. Set a password first.")


def _has_claims_condition(claims: IdentityClaims) -> ColumnElement[bool]:
    return and_(Identity.issuer == claims.issuer, Identity.subject == claims.subject)


def find_owner(claims: IdentityClaims) -> RowKey | None:
    """Return the key of the account that the identity is linked with, or None."""
    statement = select(Identity.region, Identity.user_id).where(_has_claims_condition(claims))
    row = db.session.execute(statement).one_or_none()
    return RowKey(*row) if row else None


def list_identities(user: User) -> list[Identity]:
    """Return the identities of the account, the oldest first."""
    statement = (
        select(Identity)
        .where(key_condition(Identity, user.key, id="user_id"))
        .order_by(Identity.created_at, Identity.id)
        .limit(100)
    )
    return list(db.session.scalars(statement))


def prepare_attempt(claims: IdentityClaims, device: Device) -> LoginAttempt | None:
    """Return the attempt to sign in to the account of the identity; None when it has none.

    It counts for the IP address if the browser is new, and not for the account: others could keep
    its owner out.

    Raises TooManyTries, AccountClosed.
    """
    is_owner = exists().where(
        _has_claims_condition(claims), Identity.region == User.region, Identity.user_id == User.id
    )
    attempt = login.prepare_attempt(is_owner, device)
    if attempt is None:
        return None
    if not attempt.is_known_device:
        rate_limits.count_attempt(sign_in_address_buckets(device))
    if attempt.user.disabled_at:
        execute_write(
            account_event_statement(AuditKind.SIGN_IN_FAILED, attempt.user.key), idempotent=True
        )
        raise AccountClosed
    return attempt


# --- linking -----------------------------------------------------------------------------------


def insert_identity_statement(
    user_key: RowKey, identity_id: UUID, claims: IdentityClaims
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that links an identity; it raises IntegrityError when it is linked."""
    identities = table(Identity)
    row = _make_identity_row(user_key, identity_id, claims)
    return insert(identities).values(row).returning(identities.c.id)


def _make_identity_row(
    user_key: RowKey, identity_id: UUID, claims: IdentityClaims
) -> dict[str, Any]:
    """Any: the columns differ in type."""
    return {
        "region": user_key.region,
        "id": identity_id,
        "user_id": user_key.id,
        "issuer": claims.issuer,
        "subject": claims.subject,
        "email": claims.email,
    }


def link_identity(user: User, claims: IdentityClaims) -> None:
    """Link an identity with the account, and tell the owner by mail; idempotent.

    Raises EmailNotConfirmed, IdentityTaken when it is linked with another account, and NotFound if
    the account has just been deleted or moved.
    """
    check_email_confirmed(user)
    if execute_write(_link_identity_statement(user, claims), idempotent=True):
        return
    owner_key = find_owner(claims)
    if owner_key is None:
        raise NotFound
    if owner_key != user.key:
        raise IdentityTaken


def _link_identity_statement(user: User, claims: IdentityClaims) -> CompoundSelect[tuple[UUID]]:
    """Return the statement that links an identity and returns a row, unless it was linked before,
    or the account has ended: its owner may open another one, with the same identity.

    Run again after a lost answer, it finds the row that the earlier attempt wrote.
    """
    identities, identity_id = table(Identity), uuid4()
    linked = (
        insert_if(
            is_account_open_condition(user.key),
            identities,
            **_make_identity_row(user.key, identity_id, claims),
        )
        .on_conflict_do_nothing(index_elements=["issuer", "subject"])
        .returning(identities.c.id)
        .cte("linked")
    )
    audit_event = account_event_statement(
        AuditKind.IDENTITY_LINKED, user.key, after=linked, issuer=claims.issuer
    )
    provider = str(provider_label(claims.issuer))
    notice = mail.mail_cte(
        "identity_linked", user.recipient, region=user.region, after=linked, provider=provider
    )
    inserted_before = select(identities.c.id).where(
        key_condition(identities, RowKey(user.region, identity_id))
    )
    return union_all(select(linked.c.id), inserted_before).add_cte(as_cte(audit_event), notice)


def unlink_identity(user: User, identity_id: UUID) -> None:
    """Unlink an identity from the account.

    Raises NotFound, and LastSignInMethod when the account could not be signed in to any more. One
    statement decides, so that of two requests for the last two only one succeeds.
    """
    rows = execute_write(_unlink_identity_statement(user.key, identity_id))
    if not rows:
        raise NotFound
    if rows[0].unlinked_id is None:
        raise LastSignInMethod


def _unlink_identity_statement(
    user_key: RowKey, identity_id: UUID
) -> Select[tuple[UUID, UUID | None]]:
    """Return the statement that deletes an identity, unless it is the last way to sign in.

    It returns the ``id`` of the identity and, if it was deleted, ``unlinked_id``; no row if the
    account has no such identity.
    """
    identities = table(Identity)
    is_identity = and_(
        key_condition(identities, user_key, id="user_id"), identities.c.id == identity_id
    )
    unlinked = (
        delete(identities)
        .where(is_identity, _has_other_sign_in_method_condition(identities))
        .returning(identities.c.id)
        .cte("unlinked")
    )
    audit_event = account_event_statement(AuditKind.IDENTITY_UNLINKED, user_key, after=unlinked)
    # The SELECT sees the table as it was before the DELETE.
    return (
        select(identities.c.id, unlinked.c.id.label("unlinked_id"))
        .select_from(identities.outerjoin(unlinked, identities.c.id == unlinked.c.id))
        .where(is_identity)
        .add_cte(as_cte(audit_event))
    )


def _has_other_sign_in_method_condition(identities: Table) -> ColumnElement[bool]:
    """Return the condition that the account has a password, or another identity.

    The identity counts only if its provider is still in the settings.
    """
    users, other_identities = table(User).c, table(Identity).alias("others").c
    password = exists().where(
        users.region == identities.c.region,
        users.id == identities.c.user_id,
        users.password_hash != "",
    )
    other_identity = exists().where(
        other_identities.region == identities.c.region,
        other_identities.user_id == identities.c.user_id,
        other_identities.id != identities.c.id,
        other_identities.issuer.in_([provider.issuer for provider in list_providers()]),
    )
    return or_(password, other_identity)


# --- reauthentication --------------------------------------------------------------------------


def list_reauthentication_providers(user: User) -> list[Provider]:
    """Return the providers with which the person can reauthenticate.

    None for an account with a password or a second factor: those are asked for instead.
    """
    if user.password_hash:
        return []
    issuers = set(
        db.session.scalars(select(Identity.issuer).where(_can_reauthenticate_condition(user)))
    )
    return [provider for provider in list_providers() if provider.issuer in issuers]


def check_reauthentication(user: User, claims: IdentityClaims) -> None:
    """Raise OtherIdentity unless these are claims with which the person can reauthenticate."""
    statement = select(Identity.id).where(
        _can_reauthenticate_condition(user), _has_claims_condition(claims)
    )
    if user.password_hash or db.session.scalar(statement) is None:
        raise OtherIdentity


def _can_reauthenticate_condition(user: User) -> ColumnElement[bool]:
    has_second_factor = is_on_condition(Identity.region, Identity.user_id)
    return and_(key_condition(Identity, user.key, id="user_id"), ~has_second_factor)
