"""Reading comments."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, false, literal, or_, select, tuple_

from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.notices.comments.enums import VISIBLE_STATES, CommentState
from webapp.notices.comments.models import CommentFlag, NoticeComment
from webapp.notices.published_notices import PublishedNotice
from webapp.regions.models import City

#: For so long after it was written its author may change a comment.
CHANGE_TIME = timedelta(minutes=15)


class ListedComment(NamedTuple):
    """A comment with what stands beside it."""

    comment: NoticeComment
    #: First name and initial.
    author_name: str
    #: Whether staff have closed the author's account. Only staff see the name then.
    is_author_closed: bool
    #: Whether the viewer wrote it.
    is_own: bool
    #: Whether the viewer has flagged it.
    is_flagged: bool

    @property
    def public_author_name(self) -> str:
        """The author as riders see them; '': their account is closed."""
        return "" if self.is_author_closed else self.author_name

    @property
    def may_change(self) -> bool:
        written_at = self.comment.created_at
        is_young = datetime.now(UTC) - written_at < CHANGE_TIME
        return self.is_own and is_young and self.comment.state == CommentState.SHOWN


def list_comments(
    notice: PublishedNotice, city: City, viewer_key: RowKey | None, after: Cursor | None
) -> Page[ListedComment]:
    """Return a page of the comments on a notice that the viewer may read, the last one first."""
    rows = db.session.execute(comments_query(notice, city, viewer_key, after)).all()
    return make_page([_make_comment(row) for row in rows], _find_cursor)


def comments_query(
    notice: PublishedNotice, city: City, viewer_key: RowKey | None, after: Cursor | None
) -> Select[Any]:  # Any: several columns
    """Return the query of ``list_comments``."""
    c = NoticeComment
    is_own = _is_own_condition(viewer_key)
    query = _listed_query(viewer_key).where(
        c.region == city.region,
        c.notice_id == notice.id,
        or_(c.state.in_([state.value for state in VISIBLE_STATES]), is_own),
    )
    return _add_page(query, after)


def list_flagged_comments(
    city: City, state: CommentState, after: Cursor | None
) -> Page[ListedComment]:
    """Return a page of the comments of a city in a state, for staff; the last one first."""
    rows = db.session.execute(flagged_query(city, state, after)).all()
    return make_page([_make_comment(row) for row in rows], _find_cursor)


def flagged_query(
    city: City, state: CommentState, after: Cursor | None
) -> Select[Any]:  # Any: several columns
    """Return the query of ``list_flagged_comments``."""
    c = NoticeComment
    is_there = c.region == city.region, c.city == city.name, c.state == state.value
    return _add_page(_listed_query(None).where(*is_there), after)


def find_comment(comment_key: RowKey, viewer_key: RowKey | None = None) -> ListedComment:
    """Return a comment in any state; raises NotFound."""
    query = _listed_query(viewer_key).where(key_condition(NoticeComment, comment_key))
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return _make_comment(row)


def find_own_comment(rider_key: RowKey, comment_key: RowKey) -> NoticeComment:
    """Return a comment of the rider in any state; raises NotFound."""
    listed = find_comment(comment_key, rider_key)
    if not listed.is_own:
        raise NotFound
    return listed.comment


def _listed_query(viewer_key: RowKey | None) -> Select[Any]:  # Any: several columns
    c = NoticeComment
    is_author = and_(User.region == c.rider_region, User.id == c.rider_id)
    return (
        select(
            c,
            User.first_name,
            User.last_name,
            User.disabled_at.is_not(None).label("is_author_closed"),
            _is_own_condition(viewer_key).label("is_own"),
            _is_flagged_condition(viewer_key).label("is_flagged"),
        )
        .join(User, is_author)
        .execution_options(populate_existing=True)
    )


def _add_page(query: Select[Any], after: Cursor | None) -> Select[Any]:  # Any: several columns
    c = NoticeComment
    query = query.order_by(c.created_at.desc(), c.id.desc()).limit(page_size() + 1)
    return query.where(tuple_(c.created_at, c.id) < after) if after else query


def _is_own_condition(viewer_key: RowKey | None) -> ColumnElement[bool]:
    if viewer_key is None:
        return false()
    return key_condition(NoticeComment, viewer_key, "rider_region", "rider_id")


def _is_flagged_condition(viewer_key: RowKey | None) -> ColumnElement[bool]:
    if viewer_key is None:
        return literal(False)
    return exists().where(
        CommentFlag.region == NoticeComment.region,
        CommentFlag.comment_id == NoticeComment.id,
        key_condition(CommentFlag, viewer_key, "rider_region", "rider_id"),
    )


def _make_comment(row: Any) -> ListedComment:  # Any: a row of several columns
    comment, first_name, last_name, *facts = row
    return ListedComment(comment, f"{first_name} {last_name[:1]}.", *facts)


def _find_cursor(listed: ListedComment) -> Cursor:
    return listed.comment.created_at, listed.comment.id
