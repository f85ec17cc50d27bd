"""The texts that hold now, in the memory of each process, so that a page needs no round trip."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import Select, select

from webapp.db.cache import TimedCache
from webapp.extensions import db
from webapp.regions.models import City
from webapp.texts import defaults
from webapp.texts.conditions import (
    has_begun_condition,
    is_called_off_condition,
    not_ended_condition,
)
from webapp.texts.enums import AlertType, TextKind
from webapp.texts.models import TextVersion
from webapp.texts.required_terms import RequiredTerms, group_by_city, required_terms_query
from webapp.translations import get_language_code

#: Where no text is in the language of the reader.
FALLBACK_LANGUAGE = "en"
#: The name of the cache among the extensions of the application.
CACHE = "movr_texts"


@dataclass(frozen=True)
class CurrentText:
    """A text as people read it."""

    kind: TextKind
    language: str
    text: str
    #: None: it is the default that MovR comes with.
    id: UUID | None = None
    #: None: all cities.
    city: str | None = None
    effective_from: datetime | None = None
    effective_until: datetime | None = None
    #: Of a notice: what programs are told that it is.
    alert_type: str = AlertType.OTHER


#: The texts of a city, or of all (None), by language.
TextsByCity = Mapping[tuple[str, str | None], Mapping[str, CurrentText]]


def find_text(kind: TextKind, city: City | None) -> CurrentText:
    """Return the text that holds in a city, for the reader: that of the city, else that of all
    cities, else the default.

    kind: one of PAGE_KINDS.
    """
    default = CurrentText(kind, defaults.LANGUAGE, defaults.read_default_text(kind))
    return find_published_text(kind, city) or default


def find_published_text(kind: TextKind, city: City | None) -> CurrentText | None:
    """Return the text that holds in a city, for the reader; None: nobody has published one."""
    texts = _read_texts()
    for city_name in _list_scopes(city):
        if by_language := texts.current.get((kind, city_name)):
            if kind == TextKind.TERMS and (required := texts.required_terms.get(city_name)):
                by_language = _drop_outdated(by_language, required)
            return _choose_language(by_language)
    return None


def _drop_outdated(
    by_language: Mapping[str, CurrentText], required: RequiredTerms
) -> Mapping[str, CurrentText]:
    """Return the terms without those in languages that are older than what riders must agree to:
    nobody may agree to them any more."""
    ids = required.version_ids
    sufficient = {language: text for language, text in by_language.items() if text.id in ids}
    # Empty: the first of the two queries of _load_texts has not seen a version that begins.
    return sufficient or by_language


def list_other_languages(text: CurrentText) -> list[str]:
    """Return the other languages in which there are texts of the same kind for the same city now,
    sorted."""
    return sorted(_read_texts().current.get((text.kind, text.city), {}).keys() - {text.language})


def list_notices(city: City | None) -> list[CurrentText]:
    """Return what people of a city are told now: its own notice, and that of all cities."""
    texts = _read_texts().current
    notices = [
        _choose_notice(texts.get((TextKind.NOTICE, city_name), {}).values())
        for city_name in _list_scopes(city)
    ]
    return [notice for notice in notices if notice]


def _choose_notice(notices: Iterable[CurrentText]) -> CurrentText | None:
    """Return the notice that began last, for the reader; None: all have ended. Notices that end at
    the same time are one notice in several languages."""
    now = datetime.now(UTC)
    lasting = [each for each in notices if each.effective_until and each.effective_until > now]
    if not lasting:
        return None
    newest = max(lasting, key=lambda each: (each.effective_from or now, each.language))
    is_same = [each for each in lasting if each.effective_until == newest.effective_until]
    return _choose_language({each.language: each for each in is_same})


def _list_scopes(city: City | None) -> list[str | None]:
    """Return for whom texts are that people of a city read: its name, and None for all cities."""
    return [city.name, None] if city else [None]


def _choose_language(by_language: Mapping[str, CurrentText]) -> CurrentText:
    """Return the text in the language of the reader, else in English, else in any."""
    wanted = (get_language_code(), FALLBACK_LANGUAGE, min(by_language))
    return next(by_language[language] for language in wanted if language in by_language)


def find_required_terms(city: City) -> RequiredTerms | None:
    """Return which terms riders must have agreed to before they ride in a city; None: no ones."""
    texts = _read_texts()
    applies_there = (TextKind.TERMS, city.name) in texts.current
    return texts.required_terms.get(city.name if applies_there else None)


# --- the cache ----------------------------------------------------------------------------------


class Texts(NamedTuple):
    """What each process keeps."""

    current: TextsByCity
    required_terms: Mapping[str | None, RequiredTerms]


def init_app(app: Flask) -> None:
    app.extensions[CACHE] = TimedCache[None, Texts](
        app.config["PLANS_MAX_AGE_S"], max_size=1, keeps_when_unavailable=True
    )


def texts_cache() -> TimedCache[None, Texts]:
    """Return the texts that this process keeps."""
    cache: TimedCache[None, Texts] = current_app.extensions[CACHE]
    return cache


def _read_texts() -> Texts:
    return texts_cache().get(None, _load_texts)


def _load_texts() -> Texts:
    """Read the texts that hold now, and the terms that are required, from the database."""
    current: dict[tuple[str, str | None], dict[str, CurrentText]] = {}
    for row in db.session.scalars(current_texts_query()):
        text = CurrentText(
            TextKind(row.kind),
            row.language,
            row.text,
            row.id,
            row.city,
            row.effective_from,
            row.effective_until,
            row.alert_type,
        )
        current.setdefault((row.kind, row.city), {})[row.language] = text
    return Texts(current, group_by_city(db.session.execute(required_terms_query())))


def current_texts_query() -> Select[tuple[TextVersion]]:
    """Return the query of the versions that hold now, each text in each language once: of those
    that have begun, the one that began last. A notice does not come back when the one that replaced
    it ends."""
    v = TextVersion
    began_last = (
        select(v.id)
        .distinct(v.kind, v.city, v.language)
        .where(has_begun_condition(), ~is_called_off_condition())
        .order_by(v.kind, v.city.nulls_first(), v.language, v.effective_from.desc())
    )
    return select(v).where(v.id.in_(began_last), not_ended_condition())
