"""Families of tokens: finding and ending them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, func, select

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.oauth.family_secrets import FamilySecret
from webapp.auth.oauth.models import OAuthTokenFamily
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db


@dataclass(frozen=True)
class IssuedTokens:
    """What an app gets tokens for."""

    family_key: RowKey
    user_id: UUID
    scopes: list[str]
    refresh_token: FamilySecret
    #: The time, by the database's clock.
    now: datetime


def find_family(family_key: RowKey) -> OAuthTokenFamily | None:
    """Return a family, from whichever region it has moved to with its account. Asks all regions."""
    query = select(OAuthTokenFamily, func.now()).where(OAuthTokenFamily.id == family_key.id)
    row = db.session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        return None
    family: OAuthTokenFamily
    family, family.read_at = row
    return family


def find_refreshed_family(token: FamilySecret) -> RowKey | None:
    """Return the key of the family of a refresh token; None if it is not the present one."""
    family = find_family(token.family_key)
    is_present = family is not None and family.refresh_digest == token.digest
    return token.family_key if is_present else None


def end_reused_family(family: OAuthTokenFamily) -> None:
    """End a family of which somebody has used a code or a refresh token twice."""
    execute_write(end_family_statement(family, AuditKind.APP_TOKEN_REUSED), idempotent=True)


def sign_out(family_key: RowKey, client_id: UUID) -> None:
    """End a family, if it is of that app, which asks for it (RFC 7009)."""
    family = find_family(family_key)
    if family and family.client_id == client_id:
        execute_write(end_family_statement(family, AuditKind.APP_SIGNED_OUT), idempotent=True)


def end_family_statement(family: OAuthTokenFamily, kind: AuditKind) -> Select[tuple[UUID]]:
    """Return the statement that deletes a family: its tokens work no more."""
    families, user_key = table(OAuthTokenFamily), RowKey(family.region, family.user_id)
    is_family = key_condition(families, RowKey(family.region, family.id))
    ended = delete(families).where(is_family).returning(families.c.id).cte("ended")
    audit_event = account_event_statement(kind, user_key, after=ended, app=str(family.client_id))
    return select(ended.c.id).add_cte(as_cte(audit_event))
