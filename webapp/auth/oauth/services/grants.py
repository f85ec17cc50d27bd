"""The apps that have access to an account."""

from datetime import UTC, date, datetime, time
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from webapp.auth.oauth.models import OAuthClient, OAuthGrant
from webapp.db.keys import RowKey, key_condition
from webapp.extensions import db

#: More than people give access to.
MAX_LISTED = 200


class AppGrant(NamedTuple):
    """An app with its access to an account."""

    client_id: UUID
    app: str
    scopes: list[str]
    created_at: datetime
    #: In the middle of that day, in UTC: the time of day is not stored.
    last_used_at: datetime | None


def list_grants(user_key: RowKey) -> list[AppGrant]:
    """Return the apps that have access to an account, by name."""
    columns = OAuthGrant.scopes, OAuthGrant.created_at, OAuthGrant.last_used_on
    query = (
        select(OAuthGrant.client_id, OAuthClient.name, *columns)
        .join(OAuthClient, OAuthClient.id == OAuthGrant.client_id)
        .where(key_condition(OAuthGrant, user_key, id="user_id"), OAuthClient.removed_at.is_(None))
        .order_by(OAuthClient.name, OAuthClient.id)
        .limit(MAX_LISTED)
    )
    return [
        AppGrant(client_id, name, sorted(set(scopes)), created_at, day and _make_noon(day))
        for client_id, name, scopes, created_at, day in db.session.execute(query)
    ]


def _make_noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
