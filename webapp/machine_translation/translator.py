"""What translates texts: the interface of its services, and how they are asked."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from webapp.errors import DomainError
from webapp.translations import lazy_gettext as _l

if TYPE_CHECKING:
    from webapp.web.fetching import Fetcher

#: How long a service is not asked again after a failure, and after it said that the quota of the
#: account is used up, or that the key is wrong; seconds.
PAUSE_S, LONG_PAUSE_S = 30, 600

Answer = TypeVar("Answer")


class TranslationFailed(DomainError):
    """The service did not answer, or with something else than translations."""

    message = _l("The translation service does not answer. Try again later.")
    pause_s = PAUSE_S


class TranslationRefused(TranslationFailed):
    """The service refuses for longer: its quota is used up, or it does not know the key."""

    message = _l("The translation service takes no more texts for now. Try again later.")
    pause_s = LONG_PAUSE_S


class Translator(Protocol):
    """A service that translates texts."""

    @property
    def name(self) -> str:
        """What people call it: ``DeepL``."""

    def translate(self, fetcher: "Fetcher", texts: Sequence[str], language: str) -> Sequence[str]:
        """Return the texts in a language (ISO 639-1), in the same order; the service finds out
        which language they are in. Raises TranslationFailed."""


def post_json(
    fetcher: "Fetcher",
    url: str,
    parameters: Mapping[str, Any],
    headers: Mapping[str, str],
    answer_type: type[Answer],
) -> Answer:
    """Send parameters to a service, and return its answer. Any: JSON. Raises TranslationFailed."""
    # When somebody translates: it imports requests, and most servers have no such service.
    from webapp.web.fetching import JSON_ERRORS, read_json

    sent_headers = {"Content-Type": "application/json", **headers}
    try:
        with fetcher.post(
            url, msgspec.json.encode(parameters), sent_headers, "translation"
        ) as response:
            if response.status_code in (401, 403, 456):  # 456: DeepL's for a quota
                raise TranslationRefused(status=response.status_code)
            if response.status_code != 200:
                raise TranslationFailed(status=response.status_code)
            return read_json(response, answer_type)
    except JSON_ERRORS as error:
        raise TranslationFailed(error=type(error).__name__) from error
