"""The notices that somebody has written, in the personal data export."""

from sqlalchemy import select

from webapp.db.keys import RowKey, key_condition
from webapp.notices.models import Notice, NoticeText
from webapp.personal_data import Conditions, ExportSection, rows_with_key
from webapp.translations import lazy_gettext as _l

COLUMNS = (
    "id", "city", "shown_from", "shown_until", "is_pinned", "alert_type", "allows_comments",
    "published_at", "changed_at",
)  # fmt: skip


def _texts_conditions(user_key: RowKey) -> list[Conditions]:
    own_ids = select(Notice.id).where(key_condition(Notice, user_key, "author_region", "author_id"))
    return [[NoticeText.notice_id.in_(own_ids)]]


EXPORT_SECTIONS = (
    ExportSection(
        name="notices",
        label=_l("The notices that you have written as staff"),
        model=Notice,
        columns=COLUMNS,
        conditions=rows_with_key(Notice, "author_region", "author_id"),
        order=("changed_at", "id"),
    ),
    ExportSection(
        name="notice_texts",
        label=_l("What these notices say, in each language"),
        model=NoticeText,
        columns=("notice_id", "language", "title", "text"),
        conditions=_texts_conditions,
        order=("notice_id", "language"),
    ),
)
