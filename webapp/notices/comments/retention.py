"""Deleting comments that have had their time."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, select

from webapp.db.slices import delete_slice_statement, execute_in_slices
from webapp.db.types import table
from webapp.notices.comments.enums import CommentState
from webapp.notices.comments.models import NoticeComment
from webapp.notices.models import Notice
from webapp.regions.models import City


def delete_old_comments(hidden_age: timedelta, ended_age: timedelta, city: City) -> int:
    """Delete comments on notices of a city, with their flags; return how many.

    hidden_age: those that staff have hidden for longer.
    ended_age: all on notices that ended longer ago.
    """
    conditions = (
        _is_long_hidden_condition(city, hidden_age),
        _is_on_ended_notice_condition(city, ended_age),
    )
    statements = (
        delete_slice_statement(NoticeComment, city.region, condition) for condition in conditions
    )
    return sum(map(execute_in_slices, statements))


def _is_long_hidden_condition(city: City, age: timedelta) -> ColumnElement[bool]:
    """Those that are hidden are few: ``ix_notice_comments_city`` finds them."""
    c = table(NoticeComment).c
    hidden_at = func.coalesce(c.hidden_at, c.created_at)
    is_hidden = c.state == CommentState.HIDDEN.value
    return and_(c.city == city.name, is_hidden, hidden_at < func.now() - age)


def _is_on_ended_notice_condition(city: City, age: timedelta) -> ColumnElement[bool]:
    n = table(Notice).c
    ended = select(n.id).where(n.city == city.name, n.shown_until < func.now() - age)
    return table(NoticeComment).c.notice_id.in_(ended)
