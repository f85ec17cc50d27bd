"""Publishing versions of texts, with their audit events."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import CTE, ColumnElement, DateTime, Select, and_, func, literal, select

from webapp.audit.changes import RecordedChange, old_values_cte, select_values
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement
from webapp.auth.models import User
from webapp.db.inserts import Insert, insert_if
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import EditConflict
from webapp.extensions import db
from webapp.regions.catalogue import catalogue
from webapp.texts.enums import AlertType, TextKind
from webapp.texts.models import TextVersion
from webapp.texts.published_texts import texts_cache

#: The time of publishing in SQL: ``now()``, later the column ``published_at``.
SqlTime = ColumnElement[datetime]
#: What an audit event says about a version. The text itself is in the version.
RECORDED_COLUMNS = (
    "version", "summary", "requires_agreement", "effective_from", "effective_until", "alert_type",
)  # fmt: skip


class TextKey(NamedTuple):
    """A text: its kind, its city (None: all cities) and its language."""

    kind: TextKind
    city: str | None
    language: str


@dataclass(frozen=True)
class Draft:
    """What a version says, before it is published. Columns of TextVersion."""

    text: str
    summary: str = ""
    requires_agreement: bool = False
    #: None, or a moment that is over: from now on.
    effective_from: datetime | None = None
    #: Of a notice.
    effective_until: datetime | None = None
    alert_type: AlertType = AlertType.OTHER


def publish_version(
    author: User | None, key: TextKey, draft: Draft, previous_version: int, why: str = ""
) -> UUID:
    """Publish the version after ``previous_version`` (0: the first one), and return its id.

    author: None: the command line.

    Raises EditConflict if ``previous_version`` is not the last one any more.
    """
    begin = literal(draft.effective_from, DateTime(timezone=True))

    def make_columns(now: SqlTime) -> dict[str, Any]:
        return {**asdict(draft), "effective_from": func.greatest(begin, now)}

    return _insert_version(author, key, make_columns, previous_version, why)


def end_notice(author: User, notice: TextVersion, previous_version: int) -> None:
    """End a notice now, or call it off before it begins: by a version from the same moment.

    Raises EditConflict as ``publish_version``.
    """
    key = TextKey(TextKind(notice.kind), notice.city, notice.language)
    begin = notice.effective_from

    def make_columns(now: SqlTime) -> dict[str, Any]:
        end = func.greatest(begin, now)
        draft = Draft(
            notice.text,
            effective_from=begin,
            alert_type=AlertType(notice.alert_type),
        )
        return {**asdict(draft), "effective_until": end}

    _insert_version(author, key, make_columns, previous_version, "")


def _insert_version(
    author: User | None,
    key: TextKey,
    make_columns: Callable[[SqlTime], dict[str, Any]],  # Any: one type for each column
    previous_version: int,
    why: str,
) -> UUID:
    row = {
        **make_columns(func.now()),
        **key._asdict(),
        "id": make_version_id(key, previous_version + 1),
        "version": previous_version + 1,
        "author_region": author.region if author else None,
        "author_id": author.id if author else None,
        "why": why,
    }
    statement = insert_version_statement(key, row)
    if not execute_write(statement, idempotent=True):
        with check_outcome():
            columns = make_columns(table(TextVersion).c.published_at)
            _check_published(row["id"], {**columns, "why": why})
    texts_cache().clear()
    version_id: UUID = row["id"]
    return version_id


def make_version_id(key: TextKey, version: int) -> UUID:
    """Return the id of a version, which follows from what it is: two cannot have one number."""
    return uuid5(NAMESPACE_OID, f"text {key.kind} {key.city or ''} {key.language} {version}")


def _check_published(version_id: UUID, columns: dict[str, Any]) -> None:
    """Raise EditConflict unless the version is there with these values: it was sent twice.

    columns: values or SQL.
    """
    versions = table(TextVersion).c
    is_same = (versions[name].is_not_distinct_from(value) for name, value in columns.items())
    if db.session.scalar(select(versions.id).where(versions.id == version_id, *is_same)) is None:
        raise EditConflict


def insert_version_statement(key: TextKey, row: dict[str, Any]) -> Select[tuple[UUID]]:
    """Return the statement that inserts a version if its number is the next one, with its audit
    event; else it returns no row.

    row: the columns; values or SQL.
    """
    versions = table(TextVersion)
    last_version = select(func.max(versions.c.version)).where(text_condition(key))
    is_next = func.coalesce(last_version.scalar_subquery(), 0) == row["version"] - 1
    published = (
        insert_if(is_next, versions, **row)
        .on_conflict_do_nothing()
        .returning(versions.c.id, *(versions.c[name] for name in RECORDED_COLUMNS))
        .cte("published")
    )
    audit_event = _published_event_statement(key, row, published)
    return select(published.c.id).add_cte(as_cte(audit_event))


def _published_event_statement(key: TextKey, row: dict[str, Any], published: CTE) -> Insert:
    """Return the INSERT of the audit event, with what the former version said."""
    versions = table(TextVersion)
    is_former = versions.c.version == row["version"] - 1
    old_values = old_values_cte(versions, RECORDED_COLUMNS, text_condition(key), is_former)
    city = catalogue().find(key.city) if key.city else None
    return audit_event_statement(
        AuditKind.TEXT_PUBLISHED,
        subject=f"text {row['id']}",
        after=published,
        region=city.region if city else None,
        city=key.city,
        change=RecordedChange(
            select_values(old_values), select_values(published, *RECORDED_COLUMNS), row["why"]
        ),
    )


def text_condition(key: TextKey) -> ColumnElement[bool]:
    """Return the condition that a version is of this text."""
    columns = table(TextVersion).c
    return and_(
        columns.kind == key.kind.value,
        columns.city.is_not_distinct_from(key.city),
        columns.language == key.language,
    )
