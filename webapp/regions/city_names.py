"""How cities are called in other languages, as far as CLDR says it: the cities of time zones."""

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale
from flask import current_app, has_app_context

from webapp.translations.collation import fold


def list_offered_languages() -> tuple[str, ...]:
    """Return the languages that people read, ISO 639-1; none outside of an application."""
    names = current_app.config["LANGUAGES"] if has_app_context() else ()
    return tuple(dict.fromkeys(name.partition("_")[0] for name in names))


def find_cldr_name(name: str, timezone: str, language: str) -> str:
    """Return what CLDR calls a city in a language: ``Roma`` for ``Rome`` in Italian. The same name
    unless the time zone is called after the city."""
    return _find_cldr_names(name, timezone, list_offered_languages()).get(language, name)


@lru_cache(maxsize=1_000)
def _find_cldr_names(name: str, timezone: str, languages: tuple[str, ...]) -> Mapping[str, str]:
    english = timezone.rpartition("/")[2].replace("_", " ")
    zones = {each: Locale.parse(each).time_zones.get(timezone, {}) for each in languages}
    # CLDR leaves out what is as in English.
    names = {language: zone.get("city", english) for language, zone in zones.items()}
    # The zone of a city that has none of its own is called after another one.
    is_its_own = fold(name) in {fold(each) for each in (english, *names.values())}
    return names if is_its_own else {}
