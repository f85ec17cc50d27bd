"""Labels of saved replies."""

from collections.abc import Mapping

from flask_babel import LazyString

from webapp.fleet.saved_replies.enums import ReplyQueue
from webapp.fleet.saved_replies.models import SavedReply
from webapp.translations import find_label
from webapp.translations import lazy_gettext as _l

QUEUE_LABELS: Mapping[ReplyQueue, LazyString] = {
    ReplyQueue.REPORTS: _l("Reports"),
    ReplyQueue.DISPUTES: _l("Disputes"),
}


def reply_queue_label(reply: SavedReply) -> str:
    """Return for which answers a reply is."""
    return find_label(QUEUE_LABELS, reply.queue)
