"""Refresh tokens: each is good once, and gives the next one (RFC 9700, section 4.14.2)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import func, literal, update
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.auth.oauth.family_secrets import FamilySecret
from webapp.auth.oauth.models import OAuthTokenFamily
from webapp.auth.oauth.services.families import IssuedTokens, end_reused_family, find_family
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.encryption import list_secret_keys


class ScopeNotGranted(Exception):
    """An app asks for more than its refresh token is good for."""


def use_refresh_token(
    token: FamilySecret, client_id: UUID, scopes: Collection[str] = ()
) -> IssuedTokens | None:
    """Return the next tokens of an app; None if this one is not good for them.

    scopes: those that the access token shall have; none: all. Raises ScopeNotGranted.

    A token that is used twice ends its family: one of the two was a thief. But for
    OAUTH_REFRESH_GRACE_S the one that was used last gives the same answer again: answers get
    lost, and apps ask twice at the same time. What was never given out as one ends nothing.
    """
    if issued := _rotate(token, client_id, scopes):
        return issued
    family = find_family(token.family_key)
    if family is None or family.client_id != client_id:
        return None
    if family.region != token.family_key.region:  # it has moved with its account
        moved = token._replace(family_key=RowKey(family.region, family.id))
        return use_refresh_token(moved, client_id, scopes)
    return _answer_again(token, family, scopes)


def _rotate(token: FamilySecret, client_id: UUID, scopes: Collection[str]) -> IssuedTokens | None:
    next_token = token.make_next(list_secret_keys()[0])
    statement = rotate_statement(token, next_token, client_id, scopes)
    for row in execute_write(statement, idempotent=True):
        return IssuedTokens(token.family_key, row.user_id, row.scopes, next_token, row.now)
    return None


def rotate_statement(
    token: FamilySecret, next_token: FamilySecret, client_id: UUID, scopes: Collection[str]
) -> ReturningUpdate[tuple[UUID, list[str], datetime]]:
    """Return the statement that replaces a refresh token by the next one, if it is good."""
    families = table(OAuthTokenFamily)
    columns = families.c
    lifetime = timedelta(seconds=current_app.config["OAUTH_REFRESH_TOKEN_S"])
    return (
        update(families)
        .where(
            key_condition(families, token.family_key),
            columns.refresh_digest == token.digest,
            columns.client_id == client_id,
            columns.expires_at > func.now(),
            columns.scopes.contains(sorted(scopes)),
        )
        .values(
            refresh_digest=next_token.digest,
            refreshed_at=func.now(),
            expires_at=func.now() + literal(lifetime),
        )
        .returning(columns.user_id, columns.scopes, func.now().label("now"))
    )


def _answer_again(
    token: FamilySecret, family: OAuthTokenFamily, scopes: Collection[str]
) -> IssuedTokens | None:
    """Return the answer that an app has had before, if it is the last one; else end the family."""
    now = family.read_at
    # Not one that was made up, nor the code, which needs its verifier.
    if family.expires_at <= now or not token.is_genuine(list_secret_keys()):
        return None
    if not set(scopes) <= set(family.scopes):
        raise ScopeNotGranted
    candidates = [token.make_next(key) for key in list_secret_keys()]
    present = next((each for each in candidates if each.digest == family.refresh_digest), None)
    grace = timedelta(seconds=current_app.config["OAUTH_REFRESH_GRACE_S"])
    if present and family.refreshed_at and now - family.refreshed_at <= grace:
        return IssuedTokens(token.family_key, family.user_id, family.scopes, present, now)
    end_reused_family(family)
    return None
