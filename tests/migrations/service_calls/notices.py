"""Calls of notices: reading and writing them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.migrations.sample_rows import RIDER
from tests.migrations.service_calls.calls import execute
from webapp.auth.models import User
from webapp.notices import services
from webapp.notices.comments import moderation
from webapp.notices.comments import services as comments
from webapp.notices.comments.enums import CommentState
from webapp.notices.comments.models import NoticeComment
from webapp.notices.comments.personal_data import EXPORT_SECTIONS as COMMENT_SECTIONS
from webapp.notices.comments.personal_data import delete_comments_in_slices
from webapp.notices.comments.queries import comments_query, flagged_query
from webapp.notices.comments.retention import delete_old_comments
from webapp.notices.models import Notice, NoticeText
from webapp.notices.personal_data import EXPORT_SECTIONS
from webapp.notices.published_notices import (
    NoticeWords,
    PublishedNotice,
    notices_query,
    pinned_query,
    published_query,
)
from webapp.notices.queries import all_notices_query
from webapp.notices.services import NoticeSettings
from webapp.regions.models import City

ID = UUID(int=30)
NOW = datetime(2026, 7, 1, tzinfo=UTC)
STAFF = User(region=RIDER.region, id=RIDER.id)
NEW_YORK = City(name="new york", region=RIDER.region)
WORDS = NoticeWords("en", "Marathon", "Be early.")
NOTICE = Notice(id=ID, city="new york", shown_from=NOW, is_pinned=False, alert_type="other")
NOTICE.texts = [NoticeText(notice_id=ID, language="en", title="Marathon", text="Be early.")]
COMMENT = NoticeComment(region=RIDER.region, id=ID, city="new york", notice_id=ID)
PUBLISHED = PublishedNotice(
    ID, "new york", NOW, None, False, "other", True, NOW, {WORDS.language: WORDS}
)
PINNED = NoticeSettings(NOW, None, True, "other")

NOTICES: dict[str, Callable[[], object]] = {
    "the notices of a city": execute(lambda: notices_query(NEW_YORK, (NOW, ID)).limit(3)),
    "the pinned notices": execute(pinned_query),
    "a notice": execute(lambda: published_query().where(Notice.id == ID)),
    "the notices of a city, for staff": execute(lambda: all_notices_query("new york", (NOW, ID))),
    "write a notice": lambda: services.add_notice(STAFF, "n", "new york", PINNED, WORDS),
    "change a notice": lambda: services.change_notice(STAFF, NOTICE, WORDS, PINNED, WORDS),
    "publish a notice": lambda: services.publish_notice(STAFF, NOTICE),
    "end a notice": lambda: services.end_notice(STAFF, NOTICE),
    "remove the draft of a notice": lambda: services.remove_draft(STAFF, NOTICE),
    "the comments on a notice": execute(
        lambda: comments_query(PUBLISHED, NEW_YORK, RIDER, (NOW, ID)),
    ),
    "the comments of a city, for staff": execute(
        lambda: flagged_query(NEW_YORK, CommentState.FLAGGED, None)
    ),
    "comment on a notice": execute(
        lambda: comments.add_comment_statement(RIDER, COMMENT.key, ID, NEW_YORK, "Nice.")
    ),
    "change a comment": lambda: comments.change_comment(STAFF, COMMENT.key, "Good."),
    "delete a comment": lambda: comments.delete_comment(STAFF, COMMENT.key),
    "delete old comments": lambda: delete_old_comments(
        timedelta(days=90), timedelta(days=400), NEW_YORK
    ),
    "flag a comment": execute(lambda: comments.flag_statement(RIDER, COMMENT.key, NEW_YORK)),
    "hide a comment": lambda: moderation.hide_comment(COMMENT, "an insult"),
    "show a comment": lambda: moderation.show_comment(COMMENT),
    "export the comments of a person": lambda: [list(s.rows(RIDER)) for s in COMMENT_SECTIONS],
    "delete the comments of a person": lambda: delete_comments_in_slices(RIDER),
    "export the notices of a person": lambda: [list(s.rows(RIDER)) for s in EXPORT_SECTIONS],
}
