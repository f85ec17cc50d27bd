"""Labels of saved replies."""

from collections.abc import Mapping

from babel import localedata
from flask_babel import LazyString

from webapp.fleet.saved_replies.enums import ReplyQueue
from webapp.fleet.saved_replies.models import SavedReply
from webapp.translations import find_label, request_language
from webapp.translations import lazy_gettext as _l

QUEUE_LABELS: Mapping[ReplyQueue, LazyString] = {
    ReplyQueue.REPORTS: _l("Reports"),
    ReplyQueue.DISPUTES: _l("Disputes"),
}
#: ISO 639-1: the languages that a reply can be in.
LANGUAGE_CODES = tuple(sorted(code for code in localedata.locale_identifiers() if len(code) == 2))


def language_label(code: str) -> str:
    """Return the name of a language in that of the reader; of an unknown one its code."""
    name = request_language().locale.languages.get(code)
    return f"{name[0].upper()}{name[1:]}" if name else code


def reply_queue_label(reply: SavedReply) -> str:
    """Return for which answers a reply is."""
    return find_label(QUEUE_LABELS, reply.queue)


def list_languages() -> list[tuple[str, str]]:
    """Return the codes and names of all languages, by name in the reader's language."""
    languages = [(code, language_label(code)) for code in LANGUAGE_CODES]
    return sorted(languages, key=lambda language: language[1].casefold())
