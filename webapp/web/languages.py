"""The language that a client asks for."""

import re

from flask import current_app, has_request_context, request

from webapp.web.api_requests import is_api_request

_PRIMARY_SUBTAG = re.compile(r"[a-z]{2,3}")


def find_api_language() -> str | None:
    """Return the language of the texts of the API: of LANGUAGES, the one that Accept-Language asks
    for. None: the usual one, as on pages."""
    if not has_request_context() or not is_api_request():
        return None
    return request.accept_languages.best_match(current_app.config["LANGUAGES"])


def browser_language() -> str:
    """Return the first language of the browser, ISO 639 (``fr`` of ``fr-CH``); '' if it names none.

    It may be one in which there are no texts.
    """
    subtag = (request.accept_languages.best or "").lower().partition("-")[0]
    return subtag if _PRIMARY_SUBTAG.fullmatch(subtag) else ""
