"""Personal access tokens: what programs use the API with, in the name of an account."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.orm.interfaces import ORMOption
from sqlalchemy.sql.dml import ReturningDelete

from webapp import mail
from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.models import ApiToken, User, is_account_open_condition
from webapp.auth.rate_limits import failed_token_buckets
from webapp.auth.services.email_confirmation import check_email_confirmed
from webapp.auth.token_text import TokenText, make_token_text
from webapp.db.inserts import insert_if
from webapp.db.keys import RowKey, bind_keys, key_condition, make_key_parameters
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import DomainError, FormReused, NotFound
from webapp.extensions import db
from webapp.regions.data_regions import list_data_regions
from webapp.translations import lazy_gettext as _l
from webapp.web import rate_limits
from webapp.web.scopes import Scope
from webapp.web.urls import public_url

#: Tokens of one account, those that have expired included.
MAX_TOKENS = 20
#: ``last_used_at`` is written once in this time at most.
USED_INTERVAL = timedelta(hours=1)


class TooManyTokens(DomainError):
    message = _l("You have as many access tokens as one account can have. Delete one first.")


# --- using them --------------------------------------------------------------------------------


def find_token_user(
    text: TokenText, address: str, options: tuple[ORMOption, ...] = ()
) -> User | None:
    """Return the account that the token belongs to, with the token as ``api_token``; None if there
    is none any more, it has expired, or the account is closed.

    address: where the request comes from.
    options: of the ORM, for what is to be loaded with the account in the same statement.

    One round trip. A token that is not found in its region is looked for in all others, once: it
    may have moved there with its account. Any text that looks like a token would cost that, so it
    is counted before. Raises TooManyTries.
    """
    if text.key.region not in list_data_regions():
        return None
    if found := _find_token(text, True, options):
        return _attach_token(*found)
    buckets = failed_token_buckets(address)
    rate_limits.count_attempt(buckets)
    found = _find_token(text, False, options)
    if found is None:
        return None
    execute_write(rate_limits.return_attempt_statement(buckets), idempotent=False)
    return _attach_token(*found)


def _find_token(
    text: TokenText, in_region: bool, options: tuple[ORMOption, ...]
) -> Row[tuple[User, ApiToken, datetime]] | None:
    parameters = bind_keys(token=text.key) | {"digest": text.digest}
    return db.session.execute(_token_query(in_region, options), parameters).unique().one_or_none()


@cache
def _token_query(
    in_region: bool, options: tuple[ORMOption, ...]
) -> Select[tuple[User, ApiToken, datetime]]:
    """Return the query for a token and its account. Parameters: ``bind_keys(token=...)`` and
    ``digest``: two regions may have a token of the same id."""
    token_key = make_key_parameters("token")
    owner = (User.region == ApiToken.region) & (User.id == ApiToken.user_id)
    return (
        select(User, ApiToken, func.now())
        .join(ApiToken, owner)
        .where(
            key_condition(ApiToken, token_key) if in_region else ApiToken.id == token_key.id,
            ApiToken.digest == bindparam("digest"),
        )
        .options(*options)
    )


def _attach_token(user: User, token: ApiToken, now: datetime) -> User | None:
    if token.expires_at <= now or user.disabled_at is not None or user.deleted_at is not None:
        return None
    token.is_last_used_due = token.last_used_at is None or now - token.last_used_at > USED_INTERVAL
    user.api_token = token
    return user


def update_last_used(token_key: RowKey) -> None:
    """Write that the token is used now."""
    tokens = table(ApiToken)
    statement = update(tokens).where(key_condition(tokens, token_key))
    execute_write(statement.values(last_used_at=func.now()), idempotent=True)


# --- on the page of the account -----------------------------------------------------------------


def list_tokens(user_key: RowKey) -> list[ApiToken]:
    """Return the tokens of the account, the newest first."""
    query = (
        select(ApiToken)
        .where(key_condition(ApiToken, user_key, id="user_id"))
        .order_by(ApiToken.created_at.desc(), ApiToken.id)
        .limit(MAX_TOKENS)
    )
    return list(db.session.scalars(query))


def create_token(
    user: User, token_id: UUID, name: str, scopes: Collection[Scope], lifetime: timedelta
) -> TokenText:
    """Create a token of the account, and tell its owner by mail. Return its text, which is stored
    nowhere.

    token_id: a number that a form has been given, so that sending it twice creates one.
    Raises EmailNotConfirmed, TooManyTokens, FormReused.
    """
    check_email_confirmed(user)
    text = make_token_text(RowKey(user.region, token_id))
    statement = create_token_statement(user, text, name, scopes, lifetime)
    if execute_write(statement, idempotent=True):
        return text
    if len(list_tokens(user.key)) >= MAX_TOKENS:
        raise TooManyTokens
    raise FormReused


def create_token_statement(
    user: User, text: TokenText, name: str, scopes: Collection[Scope], lifetime: timedelta
) -> CompoundSelect[tuple[UUID]]:
    """Return the statement that creates a token and returns a row, also when it is run again after
    a lost answer."""
    tokens = table(ApiToken)
    created = (
        insert_if(
            and_(is_account_open_condition(user.key), _has_room_condition(user.key)),
            tokens,
            region=user.region,
            id=text.key.id,
            user_id=user.id,
            name=name,
            digest=text.digest,
            scopes=sorted(scopes),
            second_factor=user.login_session.second_factor,
            expires_at=func.now() + literal(lifetime),
        )
        .on_conflict_do_nothing()
        .returning(tokens.c.id)
        .cte("created")
    )
    audit_event = account_event_statement(
        AuditKind.API_TOKEN_CREATED, user.key, after=created, scopes=sorted(scopes)
    )
    created_before = select(tokens.c.id).where(
        key_condition(tokens, text.key), tokens.c.digest == text.digest
    )
    return union_all(select(created.c.id), created_before).add_cte(
        as_cte(audit_event), _created_mail_cte(user, created, name)
    )


def _has_room_condition(user_key: RowKey) -> ColumnElement[bool]:
    tokens = table(ApiToken)
    is_own = key_condition(tokens, user_key, id="user_id")
    return select(func.count()).where(is_own).scalar_subquery() < MAX_TOKENS


def _created_mail_cte(user: User, created: CTE, name: str) -> CTE:
    values = {"token": name, "link": public_url("auth.api_tokens.index")}
    return mail.mail_cte(
        "api_token_created", user.recipient, region=user.region, after=created, **values
    )


def delete_token(user_key: RowKey, token_id: UUID) -> None:
    """Delete a token of the account: it works no more. Raises NotFound."""
    deleted = delete_tokens_statement(user_key, only=token_id).cte("deleted")
    audit_event = account_event_statement(AuditKind.API_TOKEN_DELETED, user_key, after=deleted)
    statement = select(deleted.c.id).add_cte(as_cte(audit_event))
    if not execute_write(statement):
        raise NotFound


def delete_tokens_statement(
    user_key: RowKey, only: UUID | None = None
) -> ReturningDelete[tuple[UUID]]:
    """Return the statement that deletes the tokens of an account, or only one.

    Wherever all sessions end because an account may be in wrong hands, its tokens go, too: whoever
    was signed in could create one.
    """
    tokens = table(ApiToken)
    statement = delete(tokens).where(key_condition(tokens, user_key, id="user_id"))
    return (statement.where(tokens.c.id == only) if only else statement).returning(tokens.c.id)
