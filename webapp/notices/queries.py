"""Reading notices, for staff."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import joinedload

from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.notices.access import may_change_notices_of
from webapp.notices.models import Notice
from webapp.notices.published_notices import NoticeWords, make_words


def list_all_notices(city_name: str | None, after: Cursor | None) -> Page[Notice]:
    """Return a page of the notices of a city, or of those for all cities (None): also drafts and
    those that are over; the last one first."""
    rows = db.session.scalars(all_notices_query(city_name, after)).unique().all()
    return make_page(rows, lambda row: (row.shown_from, row.id))


def all_notices_query(city_name: str | None, after: Cursor | None) -> Select[Any]:
    """Return the query of ``list_all_notices``."""
    n = Notice
    query = (
        select(n)
        .options(joinedload(n.texts))
        .where(n.city.is_not_distinct_from(city_name))
        .order_by(n.shown_from.desc(), n.id.desc())
        .limit(page_size() + 1)
    )
    return query.where(tuple_(n.shown_from, n.id) < after) if after else query


def find_own_notice(notice_id: UUID) -> Notice:
    """Return a notice that the viewer may change, with its texts; raises NotFound."""
    query = select(Notice).options(joinedload(Notice.texts)).where(Notice.id == notice_id)
    fresh = query.execution_options(populate_existing=True)
    notice = db.session.scalars(fresh).unique().one_or_none()
    if notice is None or not may_change_notices_of(notice.city):
        raise NotFound
    return notice


def find_words(notice: Notice, language: str) -> NoticeWords | None:
    """Return what a notice says in a language; None: nothing."""
    texts = (make_words(each) for each in notice.texts if each.language == language)
    return next(texts, None)
