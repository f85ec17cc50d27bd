"""What staff do with notices: write, change, publish, end and remove them, with audit events."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid5

from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    Select,
    and_,
    delete,
    exists,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.audit.changes import RecordedChange, old_values_cte, select_values
from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement
from webapp.auth.models import User
from webapp.db.inserts import insert
from webapp.db.keys import values_condition
from webapp.db.transactions import check_outcome, execute_write
from webapp.db.types import table
from webapp.errors import DomainError, EditConflict, check_form_values
from webapp.extensions import db
from webapp.notices.access import may_change_condition
from webapp.notices.models import Notice, NoticeText, is_not_over_condition
from webapp.notices.published_notices import NoticeWords, clear_caches
from webapp.regions.catalogue import catalogue
from webapp.translations import lazy_gettext as _l


class NoticePublished(DomainError):
    """Somebody removes a notice that people have seen."""

    message = _l("People have seen this notice, so it can only be ended.")


@dataclass(frozen=True)
class NoticeSettings:
    """What can be changed about a notice besides its words. Columns of Notice."""

    #: None: from now on.
    shown_from: datetime | None = None
    #: None: until staff end it.
    shown_until: datetime | None = None
    is_pinned: bool = False
    alert_type: str = "other"
    allows_comments: bool = False

    @classmethod
    def of(cls, notice: Notice) -> Self:
        """Return the settings of a notice, as they are."""
        times = notice.shown_from, notice.shown_until
        return cls(*times, notice.is_pinned, notice.alert_type, notice.allows_comments)

    @property
    def columns(self) -> dict[str, Any]:  # Any: values of columns, or SQL
        until = literal(self.shown_until, DateTime(timezone=True))  # by the clock of this server
        return {**vars(self), "shown_from": self.shown_from or func.least(func.now(), until)}

    def event_values(self, words: NoticeWords | None) -> dict[str, Any]:
        """Return the values for an audit event."""
        times = {
            name: moment and moment.isoformat()
            for name, moment in vars(self).items()
            if name.startswith("shown_")
        }
        return {**vars(self), **times, **(vars(words) if words else {})}


def add_notice(
    staff: User,
    nonce: str,
    city_name: str | None,
    settings: NoticeSettings,
    words: NoticeWords,
    why: str = "",
) -> UUID:
    """Add a draft for a city where a member of staff may, or for all (None), and return its id.

    nonce: from the form. The same nonce again is the same notice. Raises FormReused.
    """
    notice_id = uuid5(staff.id, nonce)
    statement = _add_statement(staff, notice_id, city_name, settings, words, why)
    if not execute_write(statement, idempotent=True):
        with check_outcome():
            _check_added(notice_id, city_name, settings, words)
    return notice_id


def _add_statement(
    staff: User,
    notice_id: UUID,
    city_name: str | None,
    settings: NoticeSettings,
    words: NoticeWords,
    why: str,
) -> Select[tuple[UUID]]:
    notices = table(Notice)
    row = {
        "id": notice_id,
        "city": city_name,
        **settings.columns,
        "author_region": staff.region,
        "author_id": staff.id,
    }
    inserted = insert(notices).values(row).on_conflict_do_nothing()
    added = inserted.returning(notices.c.id).cte("notice")
    change = RecordedChange(None, settings.event_values(words), why)
    kind = AuditKind.NOTICE_ADDED
    audit_event = _notice_event_statement(kind, notice_id, city_name, added, change)
    return select(added.c.id).add_cte(_upsert_words_cte(words, added), as_cte(audit_event))


def _check_added(
    notice_id: UUID, city_name: str | None, settings: NoticeSettings, words: NoticeWords
) -> None:
    """Raise FormReused unless the notice was added with these values."""
    query = select(NoticeText.title, NoticeText.text, *table(Notice).c).join(Notice)
    stored = db.session.execute(
        query.where(NoticeText.notice_id == notice_id, NoticeText.language == words.language)
    ).one_or_none()
    sent = {**vars(settings), "city": city_name, "title": words.title, "text": words.text}
    if settings.shown_from is None:
        del sent["shown_from"]
    check_form_values(stored or Notice(), sent)


def change_notice(
    staff: User,
    notice: Notice,
    old_words: NoticeWords | None,
    settings: NoticeSettings,
    words: NoticeWords,
    why: str = "",
) -> None:
    """Change a notice and what it says in a language.

    old_words: what it says now; None: nothing in this language.

    Raises EditConflict unless it is still as ``notice`` and ``old_words``, and one that the member
    of staff may change.
    """
    statement = _change_statement(staff, notice, old_words, settings, words, why)
    is_changed = bool(execute_write(statement, idempotent=True))
    clear_caches()
    if not is_changed:
        raise EditConflict


def _change_statement(
    staff: User,
    notice: Notice,
    old_words: NoticeWords | None,
    settings: NoticeSettings,
    words: NoticeWords,
    why: str,
) -> Select[tuple[UUID]]:
    notices, old_settings = table(Notice), NoticeSettings.of(notice)
    changed = (
        update(notices)
        .where(notices.c.id == notice.id, may_change_condition(staff))
        .where(values_condition(notices, vars(old_settings)))
        .where(_words_condition(notice.id, words.language, old_words))
        .values({**settings.columns, "changed_at": func.now()})
        .returning(notices.c.id)
        .cte("notice")
    )
    before = old_settings.event_values(old_words or NoticeWords(words.language, "", ""))
    change = RecordedChange(before, settings.event_values(words), why)
    audit_event = _notice_event_statement(
        AuditKind.NOTICE_CHANGED, notice.id, notice.city, changed, change
    )
    return select(changed.c.id).add_cte(_upsert_words_cte(words, changed), as_cte(audit_event))


def _words_condition(
    notice_id: UUID, language: str, words: NoticeWords | None
) -> ColumnElement[bool]:
    """Return the condition that a notice says this in a language; None: nothing."""
    t = table(NoticeText).c
    is_there = exists().where(t.notice_id == notice_id, t.language == language)
    if words is None:
        return ~is_there
    return is_there.where(t.title == words.title, t.text == words.text)


def _upsert_words_cte(words: NoticeWords, notice: CTE) -> CTE:
    """Return the part of a statement that stores what its one notice says in a language."""
    texts = table(NoticeText)
    source = select(
        notice.c.id, *(literal(value, texts.c[name].type) for name, value in vars(words).items())
    )
    inserted = insert(texts).from_select(["notice_id", *vars(words)], source)
    new = {"title": inserted.excluded.title, "text": inserted.excluded.text}
    upserted = inserted.on_conflict_do_update(
        index_elements=list(texts.primary_key.columns), set_=new
    )
    return upserted.returning(texts.c.notice_id).cte("notice_text")


def publish_notice(staff: User, notice: Notice, why: str = "") -> None:
    """Publish a draft: it is shown from now on, or from its time on. Idempotent."""
    n = table(Notice).c
    values = {"published_at": func.now(), "shown_from": func.greatest(n.shown_from, func.now())}
    is_draft = and_(n.published_at.is_(None), is_not_over_condition())
    _write(staff, notice, AuditKind.NOTICE_PUBLISHED, is_draft, values, why)


def end_notice(staff: User, notice: Notice, why: str = "") -> None:
    """End a notice now, or call it off before it begins. Idempotent."""
    n = table(Notice).c
    values = {"shown_until": func.greatest(n.shown_from, func.now())}
    is_shown = and_(n.published_at.is_not(None), is_not_over_condition())
    _write(staff, notice, AuditKind.NOTICE_CHANGED, is_shown, values, why)


def _write(
    staff: User,
    notice: Notice,
    kind: AuditKind,
    condition: ColumnElement[bool],
    values: dict[str, Any],  # Any: of columns
    why: str,
) -> None:
    """Change a notice that is as ``condition`` says, else none."""
    notices = table(Notice)
    is_this = and_(notices.c.id == notice.id, may_change_condition(staff), condition)
    old_values = old_values_cte(notices, values, is_this)
    changed: ReturningUpdate[Any] = (
        update(notices)
        .where(is_this)
        .values({**values, "changed_at": func.now()})
        .returning(notices.c.id, *(notices.c[name] for name in values))
    )
    part = changed.cte("notice")
    change = RecordedChange(select_values(old_values), select_values(part, *values), why)
    audit_event = _notice_event_statement(kind, notice.id, notice.city, part, change)
    execute_write(select(part.c.id).add_cte(as_cte(audit_event)), idempotent=True)
    clear_caches()


def remove_draft(staff: User, notice: Notice, why: str = "") -> None:
    """Remove a notice that was never published; one that is gone already is removed.

    Raises NoticePublished.
    """
    notices = table(Notice)
    removed = (
        delete(notices)
        .where(notices.c.id == notice.id, may_change_condition(staff))
        .where(notices.c.published_at.is_(None))
        .returning(notices.c.id)
        .cte("notice")
    )
    before = NoticeSettings.of(notice).event_values(None)
    titles = [each.title for each in notice.texts]
    change = RecordedChange({**before, "title": titles}, None, why)
    audit_event = _notice_event_statement(
        AuditKind.NOTICE_REMOVED, notice.id, notice.city, removed, change
    )
    statement = select(removed.c.id).add_cte(as_cte(audit_event))
    if not execute_write(statement, idempotent=True):
        with check_outcome():
            if db.session.scalar(select(Notice.id).where(Notice.id == notice.id)):
                raise NoticePublished


def _notice_event_statement(
    kind: AuditKind, notice_id: UUID, city_name: str | None, written: CTE, change: RecordedChange
) -> Any:  # Any: an INSERT
    city = catalogue().find(city_name) if city_name else None
    return audit_event_statement(
        kind,
        subject=f"notice {notice_id}",
        after=written,
        region=city.region if city else None,
        city=city_name,
        change=change,
    )
