"""What people call notices in the audit trail, and their states."""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import String, cast, func, select

from webapp.db.types import table
from webapp.hooks import SubjectNames, SubjectNamesQuery
from webapp.notices.models import Notice, NoticeText
from webapp.translations import gettext as _


def notice_state_label(notice: Notice) -> str:
    """Return whether a notice is a draft, comes, is shown or is over."""
    now = datetime.now(UTC)
    if notice.shown_until and notice.shown_until <= now:
        return _("Over")
    if notice.published_at is None:
        return _("Draft")
    return _("Coming") if notice.shown_from > now else _("Shown")


def notice_title(notice: Notice) -> str:
    """Return the first title of a notice, for lists of staff."""
    return notice.texts[0].title if notice.texts else _("Notice")


def _names_query(ids: Collection[str]) -> SubjectNamesQuery:
    n, t = table(Notice).c, table(NoticeText).c
    title = select(func.min(t.title)).where(t.notice_id == n.id).scalar_subquery()
    values = func.json_build_array(title)
    return select(cast(n.id, String), values).where(n.id.in_([UUID(id_) for id_ in ids]))


def _describe(title: str | None) -> str:
    return _("Notice: %(title)s", title=title or "")


#: What people call notices in the audit trail.
NOTICE_NAMES = SubjectNames(_names_query, _describe)
