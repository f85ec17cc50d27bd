"""Choosing digests, and ending one by the link of a mail."""

from uuid import UUID

from sqlalchemy import Select, select, update

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte, cte_key
from webapp.auth.models import is_account_open_condition
from webapp.db.inserts import insert_if
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.riders.digests.models import DigestChoice
from webapp.riders.digests.tokens import UnsubscribeToken


def choose_digests(user_key: RowKey, *, rider: bool, owner: bool) -> None:
    """Save which digests an account gets. Raises NotFound if it has just been deleted or moved."""
    statement = choose_digests_statement(user_key, rider=rider, owner=owner)
    if not execute_write(statement, idempotent=True):
        raise NotFound


def choose_digests_statement(user_key: RowKey, *, rider: bool, owner: bool) -> Select[tuple[UUID]]:
    """Return the statement that saves which digests an account gets, with its audit event. It
    returns the account's id; no row for an account that has ended."""
    choices = table(DigestChoice)
    chosen = (
        insert_if(
            is_account_open_condition(user_key),
            choices,
            region=user_key.region,
            user_id=user_key.id,
            rider=rider,
            owner=owner,
        )
        .on_conflict_do_update(
            index_elements=["region", "user_id"], set_={"rider": rider, "owner": owner}
        )
        .returning(choices.c.user_id)
        .cte("chosen")
    )
    audit_event = account_event_statement(
        AuditKind.DIGESTS_CHOSEN, user_key, actor=user_key, after=chosen, rider=rider, owner=owner
    )
    return select(chosen.c.user_id).add_cte(as_cte(audit_event))


def unsubscribe(token: UnsubscribeToken) -> None:
    """End the digest of a token. Nothing changes when it has ended, or the account was deleted."""
    execute_write(unsubscribe_statement(token), idempotent=True)


def unsubscribe_statement(token: UnsubscribeToken) -> Select[tuple[UUID]]:
    """Return the statement that ends a digest, with its audit event. It returns the account's id;
    no row when nothing changes.

    The account may have moved since the mail was sent, and its region of then may be gone: the
    statement asks all regions, and the event names the account as it is now.
    """
    choices = table(DigestChoice)
    ended = (
        update(choices)
        .where(choices.c.user_id == token.user_key.id, choices.c[token.digest.value])
        .values({token.digest.value: False})
        .returning(choices.c.region, choices.c.user_id)
        .cte("ended")
    )
    user_key = cte_key(ended, "user_id")
    audit_event = account_event_statement(
        AuditKind.UNSUBSCRIBED, user_key, actor=user_key, after=ended, digest=token.digest.value
    )
    return select(ended.c.user_id).add_cte(as_cte(audit_event))
