"""Taking from apps the access that a person has given them."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.sql.dml import ReturningDelete

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.auth.oauth.models import OAuthGrant
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import NotFound


def delete_grants_statement(
    user_key: RowKey, only: UUID | None = None
) -> ReturningDelete[tuple[UUID]]:
    """Return the statement that takes an account from all apps, or only from one: their tokens go
    with the grant, so present access tokens work no more, either.

    Wherever all sessions end, apps lose their access, too: to be signed in by one is a session.
    """
    grants = table(OAuthGrant)
    statement = delete(grants).where(key_condition(grants, user_key, id="user_id"))
    if only:
        statement = statement.where(grants.c.client_id == only)
    return statement.returning(grants.c.client_id)


def end_access(user_key: RowKey, client_id: UUID) -> None:
    """Take an account from an app. Raises NotFound if it has no access."""
    deleted = delete_grants_statement(user_key, only=client_id).cte("deleted")
    audit_event = account_event_statement(
        AuditKind.APP_ACCESS_ENDED, user_key, after=deleted, app=str(client_id)
    )
    statement = select(deleted.c.client_id).add_cte(as_cte(audit_event))
    if not execute_write(statement):
        raise NotFound
