"""Whose account an app acts for, by the access token of its request."""

from datetime import UTC, date, datetime
from functools import cache

from sqlalchemy import Row, Select, and_, func, or_, select, update
from sqlalchemy.orm.interfaces import ORMOption

from webapp.auth.models import AppToken, User
from webapp.auth.oauth.models import OAuthClient, OAuthGrant, OAuthTokenFamily
from webapp.auth.oauth.services.access_tokens import AccessToken
from webapp.auth.rate_limits import failed_token_buckets
from webapp.db.keys import RowKey, bind_keys, key_condition, make_key_parameters
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.regions.data_regions import list_data_regions
from webapp.web import rate_limits

_Found = Row[tuple[User, OAuthTokenFamily, OAuthClient, date | None, datetime]]


def find_app_user(
    token: AccessToken, address: str, options: tuple[ORMOption, ...] = ()
) -> User | None:
    """Return the account that an access token of an app is for, with what the app may do as
    ``api_token``; None if its access has ended.

    One round trip, as for a session: the account, the family of the token and the app are read in
    one statement, so whatever ends one of them holds at once. A family that is not found in its
    region is looked for in all others, as ``api_tokens.find_token_user`` does. Raises TooManyTries.
    """
    if token.family_key.region not in list_data_regions():
        return None
    if found := _find(token.family_key, True, options):
        return _attach_token(token, found)
    buckets = failed_token_buckets(address)
    rate_limits.count_attempt(buckets)
    found = _find(token.family_key, False, options)
    if found is None:
        return None
    execute_write(rate_limits.return_attempt_statement(buckets), idempotent=True)
    return _attach_token(token, found)


def _find(family_key: RowKey, in_region: bool, options: tuple[ORMOption, ...]) -> _Found | None:
    query = _family_query(in_region, options)
    return db.session.execute(query, bind_keys(family=family_key)).unique().one_or_none()


@cache
def _family_query(
    in_region: bool, options: tuple[ORMOption, ...]
) -> Select[tuple[User, OAuthTokenFamily, OAuthClient, date | None, datetime]]:
    """Return the query for a family with its account and app. Parameters:
    ``bind_keys(family=...)``."""
    family_key, family = make_key_parameters("family"), OAuthTokenFamily
    is_owner = and_(User.region == family.region, User.id == family.user_id)
    is_grant = and_(
        OAuthGrant.region == family.region,
        OAuthGrant.user_id == family.user_id,
        OAuthGrant.client_id == family.client_id,
    )
    is_family = key_condition(family, family_key) if in_region else family.id == family_key.id
    return (
        select(User, family, OAuthClient, OAuthGrant.last_used_on, func.now())
        .join(family, is_owner)
        .join(OAuthGrant, is_grant)
        .join(OAuthClient, OAuthClient.id == family.client_id)
        .where(is_family)
        .options(*options)
    )


def _attach_token(token: AccessToken, found: _Found) -> User | None:
    user: User
    user, family, client, last_used_on, now = found
    has_ended = token.expires_at <= now or family.code_used_at is None
    is_closed = user.disabled_at is not None or user.deleted_at is not None
    if has_ended or is_closed or client.removed_at is not None:
        return None
    today = now.astimezone(UTC).date()
    user.api_token = AppToken(
        client_id=client.id,
        # What is taken from the app by admins holds at once, too.
        scopes=sorted(token.scopes & set(family.scopes) & set(client.scopes)),
        second_factor=family.second_factor,
        expires_at=token.expires_at,
        is_last_used_due=last_used_on is None or last_used_on < today,
        today=today,
    )
    return user


def update_last_used_day(user_key: RowKey, token: AppToken) -> None:
    """Write that the app is used today."""
    grants = table(OAuthGrant)
    statement = update(grants).where(
        key_condition(grants, user_key, id="user_id"),
        grants.c.client_id == token.client_id,
        or_(grants.c.last_used_on.is_(None), grants.c.last_used_on < token.today),
    )
    execute_write(statement.values(last_used_on=token.today), idempotent=True)
