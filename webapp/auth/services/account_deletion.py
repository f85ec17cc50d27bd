"""What an account itself consists of, deleted in slices after the account has ended."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, or_, select, tuple_, update

from webapp.api.models import IdempotencyKey
from webapp.audit.changes import WHY
from webapp.audit.models import AuditEvent
from webapp.audit.writing import list_account_subjects
from webapp.auth.models import EmailLink, LoginSession
from webapp.auth.oauth.models import OAuthTokenFamily
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor
from webapp.db.slices import SLICE, delete_in_slices
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.jobs.models import Job
from webapp.regions.data_regions import list_data_regions


def delete_account_rows_in_slices(user_key: RowKey) -> None:
    """Delete jobs, sessions, sign-ins of apps, links and requests of an account, and remove the
    person from audit events; the hook ``deletion_slices``."""
    regions = sorted({*list_data_regions(), user_key.region})
    for region in regions:
        delete_in_slices(Job, region, Job.account_id == user_key.id)
    for model in (LoginSession, EmailLink, OAuthTokenFamily, IdempotencyKey):
        is_own = key_condition(model, user_key, id="user_id")
        delete_in_slices(model, user_key.region, is_own)
    events = table(AuditEvent).c
    for region in regions:
        _anonymise_events(region, events.actor_id == user_key.id)
        for subject in list_account_subjects(user_key):
            _anonymise_events(region, events.subject == subject, is_about_person=True)


def _anonymise_events(
    region: str, condition: ColumnElement[bool], *, is_about_person: bool = False
) -> None:
    last: Cursor | None = None
    while True:
        statement = anonymise_events_statement(
            region, condition, last, is_about_person=is_about_person
        )
        rows = execute_write(statement, idempotent=True)
        if len(rows) < SLICE:
            return
        last = (rows[-1].at, rows[-1].id)


def anonymise_events_statement(
    region: str,
    condition: ColumnElement[bool],
    after: Cursor | None,
    *,
    is_about_person: bool = False,
) -> Select[tuple[datetime, UUID]]:
    """Return the statement that removes the address from the next events of a region, by time, and
    the reasons of staff if they are about the person: events stay, so those that are done would be
    found again. It returns their times and ids."""
    events = table(AuditEvent)
    has_reason = events.c.details.has_key(WHY) if is_about_person else false()
    order = (events.c.at, events.c.id)
    query = select(*order).where(events.c.region == region, condition)
    if after is not None:
        query = query.where(tuple_(*order) > after)
    batch = query.order_by(*order).limit(SLICE).cte("batch")
    anonymised = (
        update(events)
        .where(
            events.c.region == region,
            events.c.id.in_(select(batch.c.id)),
            or_(events.c.address.is_not(None), has_reason),
        )
        .values(
            {"address": None, **({"details": events.c.details - WHY} if is_about_person else {})}
        )
        .returning(events.c.id)
        .cte("anonymised")
    )
    return select(batch.c.at, batch.c.id).order_by(batch.c.at, batch.c.id).add_cte(anonymised)
