"""The language that a browser asks for."""

import re

from flask import request

_PRIMARY_SUBTAG = re.compile(r"[a-z]{2,3}")


def browser_language() -> str:
    """Return the first language of the browser, ISO 639 (``fr`` of ``fr-CH``); '' if it names none.

    It may be one in which there are no texts.
    """
    subtag = (request.accept_languages.best or "").lower().partition("-")[0]
    return subtag if _PRIMARY_SUBTAG.fullmatch(subtag) else ""
