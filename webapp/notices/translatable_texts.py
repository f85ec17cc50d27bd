"""The texts of notices and comments, for who reads another language."""

from uuid import UUID

from flask import url_for

from webapp.auth.models import User
from webapp.errors import NotFound
from webapp.notices.comments.enums import VISIBLE_STATES
from webapp.notices.comments.queries import find_comment
from webapp.notices.published_notices import find_notice
from webapp.translatable_texts import TranslatableKind, TranslatableText, parse_text_key
from webapp.translations import get_language_code
from webapp.web.roles import Permission


def _find_notice_text(_: User, text_key: str) -> TranslatableText:
    """Return what a notice says, for who reads none of the languages that it was written in."""
    try:
        notice = find_notice(UUID(text_key))
    except ValueError:
        raise NotFound from None
    if get_language_code() in notice.texts:
        raise NotFound
    page = url_for("notices.pages.show", notice_id=notice.id)
    return TranslatableText(notice.words.text, page, notice.words.title, is_markdown=True)


def _find_comment_text(viewer: User, text_key: str) -> TranslatableText:
    """Return a comment of somebody else that others see, or that staff look at."""
    listed = find_comment(parse_text_key(text_key), viewer.key)
    comment = listed.comment
    is_moderator = viewer.has_permission(Permission.MODERATE_COMMENTS, comment.city)
    if listed.is_own or not (comment.state in VISIBLE_STATES or is_moderator):
        raise NotFound
    if comment.state in VISIBLE_STATES:
        page = url_for("notices.pages.show", notice_id=comment.notice_id, _anchor="comments")
    else:
        page = url_for("notices.moderation.index", city=comment.city, state=comment.state)
    return TranslatableText(comment.text, page)


TEXT_KINDS = (
    TranslatableKind("notice", _find_notice_text, is_private=False),
    TranslatableKind("comment", _find_comment_text, is_private=False),
)
