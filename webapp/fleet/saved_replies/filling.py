"""The saved replies for one answer: those of the person's language first, with the facts of the
report or the dispute in place of the placeholders."""

from typing import NamedTuple
from uuid import UUID

from webapp.fleet.labels import vehicle_name
from webapp.fleet.models import Vehicle
from webapp.fleet.saved_replies.enums import ReplyQueue
from webapp.fleet.saved_replies.placeholders import fill_placeholders
from webapp.fleet.saved_replies.queries import find_replies
from webapp.regions.labels import city_label
from webapp.regions.models import City
from webapp.translations import force_locale, get_language_code, language_label


class FilledReply(NamedTuple):
    """A reply as it goes into an answer."""

    id: UUID
    language: str
    title: str
    text: str


class ReplyContext(NamedTuple):
    """To whom an answer goes, and about what."""

    vehicle: Vehicle
    #: The language of the person's browser, ISO 639; '': not known.
    language: str
    #: None: the account was deleted, or staff may not see who it is.
    first_name: str | None


def list_filled_replies(city: City, queue: ReplyQueue, context: ReplyContext) -> list[FilledReply]:
    """Return the replies of a queue of a city: in the person's language, then in that of the
    reader, then by language."""
    first = (context.language, get_language_code())

    def order(reply: FilledReply) -> tuple[int, str]:
        rank = first.index(reply.language) if reply.language in first else len(first)
        return rank, language_label(reply.language)

    replies = [
        FilledReply(
            reply.id,
            reply.language,
            reply.title,
            fill_placeholders(reply.text, _placeholder_values(city, reply.language, context)),
        )
        for reply in find_replies(city, queue)
    ]
    return sorted(replies, key=order)  # each language stays in the order of its titles


def _placeholder_values(city: City, language: str, context: ReplyContext) -> dict[str, str]:
    with force_locale(language):
        return {
            "vehicle": vehicle_name(context.vehicle),
            "city": city_label(city),
            "first_name": context.first_name or "",
        }
