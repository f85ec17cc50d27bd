"""Tags of reports: words of staff, which the queue filters by."""

from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    func,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from webapp.audit.changes import RecordedChange
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement, audit_subject
from webapp.auth.models import User
from webapp.db.cache import TimedCache
from webapp.db.keys import RowKey, key_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import DomainError
from webapp.extensions import db
from webapp.fleet.reports.enums import ReportState
from webapp.fleet.reports.models import MAX_TAGS, Report
from webapp.fleet.reports.queries import find_report_for_staff
from webapp.regions.models import City
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

#: Of each state, the tags of so many reports are offered again: the newest.
TAGGED_REPORTS = 100
#: More are not offered: they can be typed.
MAX_OFFERED = 50
#: For so long a new tag is not offered, seconds.
MAX_AGE_S = 60.0

TagCache = TimedCache[str, list[str]]


class TooManyTags(DomainError):
    field = "tag"
    message = _l("A report has %(max)d tags at most. Remove one first.", max=MAX_TAGS)


def init_app(app: Flask) -> None:
    app.extensions["movr_report_tags"] = TagCache(MAX_AGE_S)


def list_tags(city: City) -> list[str]:
    """Return the tags of the newest reports of a city, to be offered again; at most a minute
    old."""
    cache: TagCache = current_app.extensions["movr_report_tags"]
    return cache.get(city.name, lambda: list(db.session.scalars(city_tags_query(city))))


def city_tags_query(city: City) -> Select[tuple[str]]:
    """Return the query of ``list_tags``. Each state is read by the index of the queue."""
    reports = table(Report).c
    parts = [
        select(
            select(reports.tags)
            .where(
                reports.region == city.region,
                reports.city == city.name,
                reports.state == state.value,
            )
            .order_by(reports.created_at.desc(), reports.id.desc())
            .limit(TAGGED_REPORTS)
            .subquery()
            .c.tags
        )
        for state in ReportState
    ]
    newest = union_all(*parts).subquery()
    tag = func.unnest(newest.c.tags).label("tag")
    return select(tag).distinct().order_by(tag).limit(MAX_OFFERED)


def add_tag(staff: User, report_key: RowKey, tag: str) -> None:
    """Add a tag to a report of the cities of a member of staff; idempotent.

    Raises NotFound, TooManyTags.
    """
    if execute_write(add_tag_statement(staff, report_key, tag), idempotent=True):
        return
    with check_outcome():
        report = find_report_for_staff(staff, report_key).report
    if tag not in report.tags:
        raise TooManyTags


def add_tag_statement(staff: User, report_key: RowKey, tag: str) -> Select[tuple[UUID]]:
    """Return the statement that adds a tag with its audit event. No row: it has it already, or too
    many, or there is no such report."""
    tags = table(Report).c.tags
    condition = and_(~_has_tag_condition(tag), func.cardinality(tags) < MAX_TAGS)
    change = RecordedChange({"tag": ""}, {"tag": tag})
    new_tags = func.array_append(tags, literal(tag, String))
    return _change_statement(staff, report_key, condition, new_tags, change)


def remove_tag(staff: User, report_key: RowKey, tag: str) -> None:
    """Remove a tag from a report of the cities of a member of staff; idempotent. Raises
    NotFound."""
    if not execute_write(remove_tag_statement(staff, report_key, tag), idempotent=True):
        with check_outcome():
            find_report_for_staff(staff, report_key)


def remove_tag_statement(staff: User, report_key: RowKey, tag: str) -> Select[tuple[UUID]]:
    """Return the statement that removes a tag with its audit event. No row: it is not there."""
    new_tags = func.array_remove(table(Report).c.tags, literal(tag, String))
    change = RecordedChange({"tag": tag}, {"tag": ""})
    return _change_statement(staff, report_key, _has_tag_condition(tag), new_tags, change)


def _has_tag_condition(tag: str) -> ColumnElement[bool]:
    return table(Report).c.tags.contains(literal([tag], ARRAY(String)))


def _change_statement(
    staff: User,
    report_key: RowKey,
    condition: ColumnElement[bool],
    tags: ColumnElement[list[str]],
    change: RecordedChange,
) -> Select[tuple[UUID]]:
    reports = table(Report)
    is_of_staff = staff.permitted_city_condition(Permission.ANSWER_REPORTS, reports.c.city)
    changed = (
        update(reports)
        .where(key_condition(reports, report_key), is_of_staff, condition)
        .values(tags=tags)
        .returning(reports.c.id, reports.c.city)
        .cte("changed")
    )
    audit_event = audit_event_statement(
        AuditKind.REPORT_TAGGED,
        subject=audit_subject("report", report_key),
        after=changed,
        region=report_key.region,
        city=changed.c.city,
        change=change,
    )
    return select(changed.c.id).add_cte(as_cte(audit_event))
