"""Notices and the comments on them, in the API."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from flask import Blueprint, url_for
from flask_login import current_user
from msgspec import Meta

from webapp.api.forms import check_form, form_values
from webapp.api.operations import V1, WithHeaders, operation
from webapp.api.values import Answer, Body, Key, PageParameters, Timestamp, in_utc
from webapp.db.keys import RowKey
from webapp.db.paging import Page, read_time_cursor
from webapp.errors import NotFound
from webapp.notices.comments import services
from webapp.notices.comments.forms import CommentForm
from webapp.notices.comments.pages import find_viewer_key
from webapp.notices.comments.queries import (
    ListedComment,
    find_comment,
    find_own_comment,
    list_comments,
)
from webapp.notices.published_notices import PublishedNotice, find_notice, list_notices_of_city
from webapp.regions.catalogue import city_or_404
from webapp.web.access import public, requires_scope
from webapp.web.scopes import Scope

bp = Blueprint("api_notices", __name__, url_prefix=V1)


class NoticeText(Answer):
    """A notice in a language."""

    title: str
    text: Annotated[str, Meta(description="Markdown.")]


class Notice(Answer):
    """What the operator tells people of a city."""

    id: UUID
    url: Annotated[str, Meta(description="Of its page.")]
    city: Annotated[str | None, Meta(description="Null: it is for all cities.")]
    shown_from: Timestamp
    shown_until: Timestamp | None
    is_pinned: bool
    alert_type: Annotated[str, Meta(description="As in GBFS: other, system_closure.")]
    takes_comments: bool
    texts: Annotated[
        Mapping[str, NoticeText], Meta(description="By language, ISO 639-1; at least one.")
    ]


class NewComment(Body):
    """What a rider says about a notice."""

    text: Annotated[str, Meta(description="Plain text.")]


class Comment(Answer):
    """What a rider says about a notice."""

    id: Key
    author: Annotated[
        str, Meta(description="First name and initial. Empty: the account is closed.")
    ]
    text: str
    created_at: Timestamp
    changed_at: Timestamp | None
    is_own: bool
    state: Annotated[
        str, Meta(description="shown or approved; of an own comment also flagged or hidden.")
    ]
    reason: Annotated[str, Meta(description="Why staff have hidden it.")]


class CommentReference(Answer):
    """A comment that was written."""

    id: Key
    url: Annotated[str, Meta(description="Of the comments on its notice.")]


@bp.get("/cities/<city_name>/notices")
@public
@operation(list[Notice], query=PageParameters, is_paged=True)
def index(city_name: str, query: PageParameters) -> Page[Notice]:
    """List the notices of a city that are shown now, the newest first.

    Those for all cities are among them.
    """
    page = list_notices_of_city(city_or_404(city_name), read_time_cursor(query.after))
    return Page([_describe_notice(notice) for notice in page.rows], page.after)


@bp.get("/notices/<uuid:notice_id>")
@public
@operation(Notice)
def show(notice_id: UUID) -> Notice:
    """Show a notice, also one that is over."""
    return _describe_notice(find_notice(notice_id))


@bp.get("/notices/<uuid:notice_id>/comments")
@public
@operation(list[Comment], query=PageParameters, is_paged=True)
def comments(notice_id: UUID, query: PageParameters) -> Page[Comment]:
    """List the comments on a notice, the newest first."""
    notice = find_notice(notice_id)
    if notice.catalogue_city is None:
        return Page((), "")
    after = read_time_cursor(query.after)
    page = list_comments(notice, notice.catalogue_city, find_viewer_key(), after)
    return Page([_describe_comment(listed) for listed in page.rows], page.after)


@bp.post("/notices/<uuid:notice_id>/comments")
@requires_scope(Scope.COMMENTS_WRITE)
@operation(
    CommentReference,
    status=201,
    body=NewComment,
    body_example=NewComment(text="The pier of Red Hook, please."),
    problems=(services.CommentsClosed, services.NotRiddenThere, services.TooManyComments),
)
def add_comment(notice_id: UUID, body: NewComment, nonce: UUID) -> WithHeaders:
    """Comment on a notice of a city in which the account has ridden."""
    notice, form = find_notice(notice_id), _read_form(body)
    city = notice.catalogue_city
    if city is None:
        raise services.CommentsClosed
    comment_key = services.add_comment(current_user, notice, city, form.text.data, nonce.hex)
    url = url_for(".comments", notice_id=notice_id)
    return WithHeaders(CommentReference(id=str(comment_key), url=url), {"Location": url})


@bp.put("/comments/<key:comment_key>")
@requires_scope(Scope.COMMENTS_WRITE)
@operation(
    None,
    status=204,
    body=NewComment,
    body_example=NewComment(text="The pier of Red Hook, please, and more bikes."),
    problems=(services.CommentNotChangeable, NotFound),
)
def change_comment(comment_key: RowKey, body: NewComment) -> None:
    """Change an own comment, for 15 minutes after it was written."""
    find_own_comment(current_user.key, comment_key)
    services.change_comment(current_user, comment_key, _read_form(body).text.data)


@bp.delete("/comments/<key:comment_key>")
@requires_scope(Scope.COMMENTS_WRITE)
@operation(None, status=204)
def delete_comment(comment_key: RowKey) -> None:
    """Delete an own comment."""
    services.delete_comment(current_user, comment_key)


@bp.post("/comments/<key:comment_key>/flag")
@requires_scope(Scope.COMMENTS_WRITE)
@operation(None, status=204, is_repeatable=True, problems=(services.NotRiddenThere, NotFound))
def flag_comment(comment_key: RowKey) -> None:
    """Ask staff to look at the comment of another."""
    comment = find_comment(comment_key).comment
    services.flag_comment(current_user, comment, city_or_404(comment.city))


def _read_form(body: NewComment) -> CommentForm:
    form = CommentForm(**form_values(body))
    check_form(form)
    return form


def _describe_notice(notice: PublishedNotice) -> Notice:
    texts = notice.texts.values()
    return Notice(
        id=notice.id,
        url=url_for("notices.pages.show", notice_id=notice.id),
        city=notice.city,
        shown_from=in_utc(notice.shown_from),
        shown_until=in_utc(notice.shown_until),
        is_pinned=notice.is_pinned,
        alert_type=notice.alert_type,
        takes_comments=notice.takes_comments,
        texts={each.language: NoticeText(title=each.title, text=each.text) for each in texts},
    )


def _describe_comment(listed: ListedComment) -> Comment:
    comment = listed.comment
    return Comment(
        id=str(comment.key),
        author=listed.public_author_name,
        text=comment.text,
        created_at=in_utc(comment.created_at),
        changed_at=in_utc(comment.changed_at),
        is_own=listed.is_own,
        state=comment.state,
        reason=comment.reason,
    )
