"""The language of a request: the one chosen in this browser, else the one that it asks for.

A choice is a cookie, and an account has it too, for its mails and for other browsers. So no page
asks the database for its language. What is the same for everybody, and cached, has its language in
its address.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, after_this_request, current_app, has_request_context, request

from webapp.regions.catalogue import find_home_city
from webapp.regions.languages import find_city_language
from webapp.translations.catalogues import SOURCE_LANGUAGE
from webapp.web.api_requests import is_api_request
from webapp.web.cookies import make_cookie_name

View = TypeVar("View", bound=Callable[..., Any])

#: The parameter of an address that says the language of what it leads to.
LANGUAGE_ARGUMENT = "language"
COOKIE_MAX_AGE_S = 365 * 24 * 3600
_PRIMARY_SUBTAG = re.compile(r"[a-z]{2,3}")


def has_language_in_address(view: View) -> View:
    """Mark a view whose language follows from its address only: ``?language=de``."""
    view.has_language_in_address = True  # type: ignore[attr-defined]
    return view


def find_language() -> str:
    """Return the language of the request, one of LANGUAGES; outside of one that of the code."""
    if not has_request_context() or len(list_offered_languages()) == 1:
        return SOURCE_LANGUAGE
    if is_language_in_address():
        return find_offered_language(request.args.get(LANGUAGE_ARGUMENT)) or SOURCE_LANGUAGE
    if not is_api_request() and (
        chosen := find_offered_language(request.cookies.get(_cookie_name()))
    ):
        return chosen
    if request.accept_languages:
        # Of all countries: who asks for de-CH, then for fr, reads German.
        wanted = (tag.lower().partition("-")[0] for tag in request.accept_languages.values())
        return next(filter(find_offered_language, wanted), SOURCE_LANGUAGE)
    city = find_home_city()
    return (city and find_offered_language(find_city_language(city))) or SOURCE_LANGUAGE


def is_language_in_address() -> bool:
    """Tell whether the view of the request has ``has_language_in_address``."""
    view = current_app.view_functions.get(request.endpoint or "")
    return bool(getattr(view, "has_language_in_address", False))


def list_offered_languages() -> tuple[str, ...]:
    """Return the languages that a person may choose."""
    languages: tuple[str, ...] = current_app.config["LANGUAGES"]
    return languages


def find_offered_language(language: str | None) -> str | None:
    """Return the language if it is one of LANGUAGES."""
    return language if language in list_offered_languages() else None


def remember_language(language: str) -> None:
    """Let this browser have the language from the next request on. '': it stays as it is."""
    if not find_offered_language(language) or request.cookies.get(_cookie_name()) == language:
        return

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            _cookie_name(),
            language,
            max_age=COOKIE_MAX_AGE_S,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
        return response


def find_browser_language() -> str:
    """Return the first language of the browser, ISO 639 (``fr`` of ``fr-CH``); '' if it names none.

    It may be one in which there are no texts.
    """
    subtag = (request.accept_languages.best or "").lower().partition("-")[0]
    return subtag if _PRIMARY_SUBTAG.fullmatch(subtag) else ""


def _cookie_name() -> str:
    return make_cookie_name("language")
