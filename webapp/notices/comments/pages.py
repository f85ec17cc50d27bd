"""The page of a notice with its comments: as people open it, and with one that was refused."""

from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.db.keys import RowKey
from webapp.db.paging import Page, read_time_cursor
from webapp.forms import render_form
from webapp.notices.comments.forms import NewCommentForm
from webapp.notices.comments.queries import ListedComment, list_comments
from webapp.notices.published_notices import PublishedNotice


def render_notice(
    notice: PublishedNotice, form: NewCommentForm | None = None
) -> ResponseReturnValue:
    """Return the page of a notice in the language that the address names, else the reader's."""
    language = request.args.get("language", notice.words.language)
    words = notice.texts.get(language) or abort(404)
    return render_form(
        "notices/show.html",
        form or NewCommentForm(None),
        notice=notice,
        words=words,
        comments=_read_comments(notice),
        takes_comments=notice.takes_comments,
    )


def _read_comments(notice: PublishedNotice) -> Page[ListedComment]:
    """Return the comments of a notice; a notice for all cities has none."""
    city = notice.catalogue_city
    if city is None:
        return Page((), "")
    return list_comments(
        notice, city, find_viewer_key(), read_time_cursor(request.args.get("after"))
    )


def find_viewer_key() -> RowKey | None:
    """Return the key of the viewer's account; None: nobody has signed in."""
    viewer_key: RowKey | None = current_user.key if current_user.is_authenticated else None
    return viewer_key
