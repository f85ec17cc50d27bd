"""Choosing digests, and ending one by the link of a mail."""

from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.sql.dml import ReturningInsert

from webapp.audit.enums import AuditKind
from webapp.audit.writing import account_event_statement, as_cte
from webapp.db.inserts import insert
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.regions.catalogue import list_city_regions
from webapp.riders.digests.models import DigestChoice
from webapp.riders.digests.tokens import UnsubscribeToken


def choose_digests(user_key: RowKey, *, rider: bool, owner: bool) -> None:
    """Save which digests an account gets."""
    execute_write(choose_digests_statement(user_key, rider=rider, owner=owner), idempotent=True)


def choose_digests_statement(
    user_key: RowKey, *, rider: bool, owner: bool
) -> ReturningInsert[tuple[UUID]]:
    """Return the statement that saves which digests an account gets, with its audit event."""
    choices = table(DigestChoice)
    audit_event = account_event_statement(
        AuditKind.DIGESTS_CHOSEN, user_key, actor=user_key, rider=rider, owner=owner
    )
    return (
        insert(choices)
        .values(region=user_key.region, user_id=user_key.id, rider=rider, owner=owner)
        .on_conflict_do_update(
            index_elements=["region", "user_id"], set_={"rider": rider, "owner": owner}
        )
        .returning(choices.c.user_id)
        .add_cte(as_cte(audit_event))
    )


def unsubscribe(token: UnsubscribeToken) -> None:
    """End the digest of a token. Nothing changes when it has ended, or the account was deleted."""
    execute_write(unsubscribe_statement(token), idempotent=True)


def unsubscribe_statement(token: UnsubscribeToken) -> Select[tuple[UUID]]:
    """Return the statement that ends a digest, wherever the account lives now, with its audit
    event. It returns the account's id; no row when nothing changes."""
    choices, user_key = table(DigestChoice), token.user_key
    regions = sorted({*list_city_regions(), user_key.region})
    ended = (
        update(choices)
        .where(
            choices.c.region.in_(regions),
            choices.c.user_id == user_key.id,
            choices.c[token.digest.value],
        )
        .values({token.digest.value: False})
        .returning(choices.c.user_id)
        .cte("ended")
    )
    audit_event = account_event_statement(
        AuditKind.UNSUBSCRIBED,
        user_key,
        actor=user_key,
        region=user_key.region,
        after=ended,
        digest=token.digest.value,
    )
    return select(ended.c.user_id).add_cte(as_cte(audit_event))
