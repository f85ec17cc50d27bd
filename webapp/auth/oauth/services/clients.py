"""Apps that admins register, change and remove, with their audit events."""

import secrets
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, func, select, union_all, update
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.audit.changes import RecordedChange
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement
from webapp.auth.oauth.models import OAuthClient
from webapp.db.inserts import Insert, insert
from webapp.db.keys import values_condition
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.encryption import digest_secret
from webapp.errors import EditConflict, FormReused, NotFound
from webapp.extensions import db
from webapp.regions.catalogue import first_region

#: Scanners for secrets find it by this prefix.
SECRET_PREFIX = "movr_app_"  # noqa: S105 - not one
#: How many apps there may be on the page of all.
MAX_LISTED = 200


class ClientSettings(NamedTuple):
    """What admins set for an app."""

    name: str
    redirect_uris: list[str]
    #: What it may ask for.
    scopes: list[str]

    @classmethod
    def of(cls, client: OAuthClient) -> "ClientSettings":
        return cls(client.name, client.redirect_uris, client.scopes)


def make_client_secret() -> str:
    """Return a new secret of an app."""
    return SECRET_PREFIX + secrets.token_urlsafe(32)


def list_clients() -> list[OAuthClient]:
    """Return the apps that were not removed, by name."""
    query = (
        select(OAuthClient)
        .where(OAuthClient.removed_at.is_(None))
        .order_by(OAuthClient.name, OAuthClient.id)
        .limit(MAX_LISTED)
    )
    return list(db.session.scalars(query))


def find_client(client_id: UUID) -> OAuthClient | None:
    """Return an app; None if there is none, or it was removed."""
    query = select(OAuthClient).where(OAuthClient.id == client_id, OAuthClient.removed_at.is_(None))
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def get_client(client_id: UUID) -> OAuthClient:
    """Return an app. Raises NotFound."""
    client = find_client(client_id)
    if client is None:
        raise NotFound
    return client


def add_client(
    client_id: UUID, settings: ClientSettings, *, is_confidential: bool, why: str = ""
) -> str:
    """Register an app; return its secret, which is stored nowhere, or '' for a public one.

    client_id: a number that a form has been given, so that sending it twice registers one.
    Raises FormReused.
    """
    secret = make_client_secret() if is_confidential else ""
    clients, digest = table(OAuthClient), digest_secret(secret) if secret else ""
    values = {"id": client_id, "secret_digest": digest, **settings._asdict()}
    added = insert(clients).values(values).on_conflict_do_nothing().returning(clients.c.id)
    change = RecordedChange(None, {**settings._asdict(), "has_secret": is_confidential}, why)
    added_cte = added.cte("added_client")
    audit_event = _client_event_statement(AuditKind.APP_ADDED, client_id, added_cte, change)
    added_before = select(clients.c.id).where(
        clients.c.id == client_id, values_condition(clients, values)
    )
    statement = union_all(select(added_cte.c.id), added_before).add_cte(as_cte(audit_event))
    # A public app has no secret that tells one attempt from another: sent twice, it is there.
    if not execute_write(statement, idempotent=True):
        raise FormReused
    return secret


def change_client(client_id: UUID, old: ClientSettings, new: ClientSettings, why: str = "") -> None:
    """Change what is set for an app. Raises EditConflict unless it is as in ``old``."""
    is_as_read = values_condition(table(OAuthClient), old._asdict())
    changed = _update_client_statement(client_id, is_as_read, **new._asdict())
    change = RecordedChange(old._asdict(), new._asdict(), why)
    statement = _record_statement(AuditKind.APP_CHANGED, client_id, changed, change)
    if not execute_write(statement, idempotent=True):
        raise EditConflict


def renew_secret(client_id: UUID, why: str) -> str:
    """Give an app another secret and return it; the former one works no more. Raises NotFound if
    there is no such app, or it is a public one."""
    secret, has_secret = make_client_secret(), table(OAuthClient).c.secret_digest != ""
    changed = _update_client_statement(client_id, has_secret, secret_digest=digest_secret(secret))
    statement = _record_statement(AuditKind.APP_SECRET_RENEWED, client_id, changed, why=why)
    if not execute_write(statement, idempotent=True):
        raise NotFound
    return secret


def remove_client(client_id: UUID, settings: ClientSettings, why: str) -> None:
    """Remove an app: it has no access any more. Idempotent."""
    removed = _update_client_statement(client_id, removed_at=func.now())
    change = RecordedChange(settings._asdict(), None, why)
    execute_write(
        _record_statement(AuditKind.APP_REMOVED, client_id, removed, change), idempotent=True
    )


def _update_client_statement(
    client_id: UUID, *conditions: ColumnElement[bool], **values: object
) -> ReturningUpdate[tuple[UUID]]:
    clients = table(OAuthClient)
    is_there = clients.c.id == client_id, clients.c.removed_at.is_(None)
    return update(clients).where(*is_there, *conditions).values(values).returning(clients.c.id)


def _record_statement(
    kind: AuditKind,
    client_id: UUID,
    changed: ReturningUpdate[tuple[UUID]],
    change: RecordedChange | None = None,
    why: str = "",
) -> Select[tuple[UUID]]:
    written = changed.cte("changed_client")
    audit_event = _client_event_statement(kind, client_id, written, change, why)
    return select(written.c.id).add_cte(as_cte(audit_event))


def _client_event_statement(
    kind: AuditKind,
    client_id: UUID,
    after: CTE,
    change: RecordedChange | None = None,
    why: str = "",
) -> Insert:
    return audit_event_statement(
        kind,
        subject=f"app {client_id}",
        after=after,
        region=first_region(),
        change=change,
        why=why,
    )
