"""The account of a token, in the API."""

from typing import Annotated

from flask import Blueprint
from flask_login import current_user
from msgspec import Meta

from webapp.api.operations import V1, operation
from webapp.api.values import Answer, Key, Timestamp, in_utc
from webapp.web.access import requires_scope
from webapp.web.scopes import Scope

bp = Blueprint("api_me", __name__, url_prefix=f"{V1}/me")


class Account(Answer):
    """An account, for its owner."""

    id: Key
    username: str
    email: str
    email_confirmed: bool
    first_name: str
    last_name: str
    city: Annotated[str, Meta(description="The name of the home city.")]
    roles: list[str]
    created_at: Timestamp
    token_scopes: Annotated[list[str], Meta(description="What the token of this request may do.")]
    token_expires_at: Timestamp


@bp.get("")
@requires_scope(Scope.ACCOUNT_READ)
@operation(Account)
def show() -> Account:
    """Show the account of the token."""
    user, token = current_user, current_user.api_token
    return Account(
        id=str(user.key),
        username=user.username,
        email=user.email,
        email_confirmed=user.email_confirmed_at is not None,
        first_name=user.first_name,
        last_name=user.last_name,
        city=user.city,
        roles=sorted(user.roles),
        created_at=in_utc(user.created_at),
        token_scopes=token.scopes,
        token_expires_at=in_utc(token.expires_at),
    )
