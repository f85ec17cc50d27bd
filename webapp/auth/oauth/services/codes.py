"""Authorization codes: a person gives an app access, and the app gets its first tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    and_,
    case,
    exists,
    func,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.models import User, is_account_open_condition
from webapp.auth.oauth.family_secrets import FamilySecret, make_code
from webapp.auth.oauth.models import OAuthClient, OAuthGrant, OAuthTokenFamily
from webapp.auth.oauth.services.families import IssuedTokens, end_reused_family, find_family
from webapp.auth.services.email_confirmation import check_email_confirmed
from webapp.db.inserts import insert, insert_if
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.encryption import list_secret_keys
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.translations import lazy_gettext as _l
from webapp.web.urls import public_url

#: How often one person may sign in to one app in an hour.
MAX_CODES_AN_HOUR = 60


class TooManyAppSignIns(DomainError):
    status = 429
    message = _l("You have signed in to this app too often. Try again in an hour.")


@dataclass(frozen=True)
class AuthorizationRequest:
    """What an app asks a person for, checked."""

    client: OAuthClient
    redirect_uri: str
    scopes: list[str]
    code_challenge: str
    #: What the person has agreed to before.
    granted_scopes: list[str]


def find_client_and_grant(
    client_id: UUID, user_key: RowKey
) -> tuple[OAuthClient, list[str]] | None:
    """Return an app with what a person has agreed to before; None: it does not exist (any more)."""
    is_own = and_(
        key_condition(OAuthGrant, user_key, id="user_id"), OAuthGrant.client_id == OAuthClient.id
    )
    query = (
        select(OAuthClient, OAuthGrant.scopes)
        .outerjoin(OAuthGrant, is_own)
        .where(OAuthClient.id == client_id, OAuthClient.removed_at.is_(None))
    )
    row = db.session.execute(query).one_or_none()
    return (row[0], row[1] or []) if row else None


# --- the person agrees ---------------------------------------------------------------------------


def give_access(user: User, access_request: AuthorizationRequest) -> FamilySecret:
    """Give an app the access that it asks for; return the code that it gets its tokens for.

    Raises EmailNotConfirmed, TooManyAppSignIns.
    """
    check_email_confirmed(user)
    code = make_code(RowKey(user.region, uuid4()))
    if not execute_write(give_access_statement(user, access_request, code), idempotent=True):
        raise TooManyAppSignIns
    return code


def give_access_statement(
    user: User, access_request: AuthorizationRequest, code: FamilySecret
) -> CompoundSelect[tuple[UUID]]:
    """Return the statement that stores the grant and the code, and returns a row, also when it is
    run again after a lost answer."""
    families = table(OAuthTokenFamily)
    stored = _store_code_cte(user, access_request, code, after=_grant_cte(user, access_request))
    audit_event = account_event_statement(
        AuditKind.APP_ACCESS_GIVEN,
        user.key,
        after=stored,
        app=str(access_request.client.id),
        scopes=access_request.scopes,
    )
    stored_before = select(families.c.id).where(
        key_condition(families, code.family_key), families.c.code_digest == code.digest
    )
    return union_all(select(stored.c.id), stored_before).add_cte(
        as_cte(audit_event), _first_access_mail_cte(user, access_request.client, stored)
    )


def _grant_cte(user: User, access_request: AuthorizationRequest) -> CTE:
    """Return the part that stores what the app has access to. It has no row if the account or the
    app has ended, or if there were too many codes."""
    grants, client_id = table(OAuthGrant), access_request.client.id
    inserted = insert_if(
        and_(
            is_account_open_condition(user.key),
            exists().where(OAuthClient.id == client_id, OAuthClient.removed_at.is_(None)),
            _has_room_condition(user.key, client_id),
        ),
        grants,
        region=user.region,
        user_id=user.id,
        client_id=client_id,
        scopes=access_request.scopes,
    )
    return (
        inserted.on_conflict_do_update(
            index_elements=["region", "user_id", "client_id"],
            set_={"scopes": _merge(grants.c.scopes, inserted.excluded.scopes)},
        )
        .returning(grants.c.client_id)
        .cte("granted")
    )


def _store_code_cte(
    user: User, access_request: AuthorizationRequest, code: FamilySecret, after: CTE
) -> CTE:
    """Return the part that stores the digest of the code if ``after`` has a row."""
    families = table(OAuthTokenFamily)
    values = {
        "region": user.region,
        "id": code.family_key.id,
        "user_id": user.id,
        "client_id": access_request.client.id,
        "scopes": access_request.scopes,
        "second_factor": user.login_session.second_factor,
        "code_digest": code.digest,
        "redirect_uri": access_request.redirect_uri,
        "code_challenge": access_request.code_challenge,
    }
    typed = [literal(value, families.c[name].type) for name, value in values.items()]
    lifetime = timedelta(seconds=current_app.config["OAUTH_CODE_S"])
    row = select(*typed, func.now() + literal(lifetime)).select_from(after)
    return (
        insert(families)
        .from_select([*values, "expires_at"], row)
        .on_conflict_do_nothing()
        .returning(families.c.id)
        .cte("stored")
    )


def _first_access_mail_cte(user: User, client: OAuthClient, stored: CTE) -> CTE:
    """Return the part of a statement that tells the owner of an account of an app that had no
    access before the statement."""
    had_access = exists().where(
        key_condition(OAuthGrant, user.key, id="user_id"), OAuthGrant.client_id == client.id
    )
    first = select(stored.c.id).where(~had_access).cte("first_access")
    values = {"app": client.name, "link": public_url("auth.oauth_apps.index")}
    return mail.mail_cte(
        "app_access_given", user.recipient, region=user.region, after=first, **values
    )


def _merge(old: ColumnElement[Any], new: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return what a person has agreed to at some time; a scope may come twice."""
    return case((old.contains(new), old), else_=old.concat(new))


def _has_room_condition(user_key: RowKey, client_id: UUID) -> ColumnElement[bool]:
    families = table(OAuthTokenFamily).c
    return (
        select(func.count())
        .where(
            families.region == user_key.region,
            families.user_id == user_key.id,
            families.client_id == client_id,
            families.created_at > func.now() - literal(timedelta(hours=1)),
        )
        .scalar_subquery()
        < MAX_CODES_AN_HOUR
    )


# --- the app uses the code -----------------------------------------------------------------------


def use_code(
    code: FamilySecret, client_id: UUID, redirect_uri: str, code_challenge: str
) -> IssuedTokens | None:
    """Return the first tokens of an app; None if the code is not good for them (RFC 6749, section
    4.1.3): used, expired, of another app, for another address, or with another challenge.

    A code that is used twice ends what its first use has given: one of the two was a thief.
    """
    refresh_token = code.make_next(list_secret_keys()[0])
    statement = use_code_statement(code, refresh_token, client_id, redirect_uri, code_challenge)
    for row in execute_write(statement):
        return IssuedTokens(code.family_key, row.user_id, row.scopes, refresh_token, row.now)
    family = find_family(code.family_key)
    if family and family.code_used_at and family.code_digest == code.digest:
        end_reused_family(family)
    return None


def use_code_statement(
    code: FamilySecret,
    refresh_token: FamilySecret,
    client_id: UUID,
    redirect_uri: str,
    code_challenge: str,
) -> ReturningUpdate[tuple[UUID, list[str], datetime]]:
    """Return the statement that uses a code, if it is good."""
    families = table(OAuthTokenFamily)
    columns = families.c
    lifetime = timedelta(seconds=current_app.config["OAUTH_REFRESH_TOKEN_S"])
    return (
        update(families)
        .where(
            key_condition(families, code.family_key),
            columns.code_digest == code.digest,
            columns.code_used_at.is_(None),
            columns.expires_at > func.now(),
            columns.client_id == client_id,
            columns.redirect_uri == redirect_uri,
            columns.code_challenge == code_challenge,
        )
        .values(
            code_used_at=func.now(),
            refresh_digest=refresh_token.digest,
            refreshed_at=func.now(),
            expires_at=func.now() + literal(lifetime),
        )
        .returning(columns.user_id, columns.scopes, func.now().label("now"))
    )
