"""What people read for the states of comments, and what comments are called in the audit trail."""

from collections.abc import Mapping

from flask_babel import LazyString

from webapp.notices.comments.enums import CommentState
from webapp.translations import lazy_gettext as _l
from webapp.translations import lazy_pgettext

STATE_LABELS: Mapping[CommentState, LazyString] = {
    CommentState.FLAGGED: _l("Waiting for staff"),
    CommentState.SHOWN: lazy_pgettext("comments", "Shown"),
    CommentState.APPROVED: _l("Shown by staff"),
    CommentState.HIDDEN: _l("Hidden by staff"),
}
