"""The notices that people read, in the memory of each process, so that a page needs no round trip
for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import Select, func, or_, select, tuple_
from sqlalchemy.orm import joinedload

from webapp.db.cache import TimedCache
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.notices.models import Notice, NoticeText, is_not_over_condition
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.translations import get_language_code

#: Where a notice is not in the language of the reader.
FALLBACK_LANGUAGE = "en"
#: How many notices of a city stand above its map: the newest ones.
MAX_PINNED = 3
#: Of a feed, entries.
FEED_SIZE = 20
#: The names of the caches among the extensions of the application.
PINNED_CACHE, NOTICE_CACHE = "movr_pinned_notices", "movr_notices"


@dataclass(frozen=True)
class NoticeWords:
    """A notice in a language."""

    language: str
    title: str
    #: Markdown.
    text: str


@dataclass(frozen=True)
class PublishedNotice:
    """A notice as people read it. It may begin later, or be over."""

    id: UUID
    #: None: it is for all cities.
    city: str | None
    shown_from: datetime
    shown_until: datetime | None
    is_pinned: bool
    alert_type: str
    allows_comments: bool
    changed_at: datetime
    #: By language; at least one.
    texts: Mapping[str, NoticeWords]

    @property
    def is_over(self) -> bool:
        return self.shown_until is not None and self.shown_until <= datetime.now(UTC)

    @property
    def has_begun(self) -> bool:
        return self.shown_from <= datetime.now(UTC)

    @property
    def is_shown(self) -> bool:
        return self.has_begun and not self.is_over

    @property
    def takes_comments(self) -> bool:
        return self.allows_comments and self.city is not None and not self.is_over

    @property
    def words(self) -> NoticeWords:
        """Return it in the language of the reader, else in English, else in any."""
        wanted = (get_language_code(), FALLBACK_LANGUAGE, min(self.texts))
        return next(self.texts[each] for each in wanted if each in self.texts)

    @property
    def catalogue_city(self) -> City | None:
        """Return its city, by whose clocks its times are; None: it is for all."""
        return catalogue().find(self.city) if self.city else None


def list_pinned_notices(city: City | None) -> list[PublishedNotice]:
    """Return the notices that stand above the map of a city now: its own and those for all cities,
    the newest first. None: those for all cities."""
    pinned = pinned_cache().get(None, _load_pinned)
    shown = [each for each in pinned if each.is_shown and _is_for(each, city)]
    return shown[:MAX_PINNED]


def _is_for(notice: PublishedNotice, city: City | None) -> bool:
    return notice.city is None or (city is not None and notice.city == city.name)


def find_notice(notice_id: UUID) -> PublishedNotice:
    """Return a notice that is or was shown; raises NotFound."""
    notice = notice_cache().get(notice_id, lambda: _load_notice(notice_id))
    if notice is None or not notice.has_begun:
        raise NotFound
    return notice


def is_public(notice: Notice) -> bool:
    """Tell whether ``find_notice`` finds a notice."""
    return notice.published_at is not None and _make_notice(notice).has_begun


def list_notices_of_city(city: City, after: Cursor | None) -> Page[PublishedNotice]:
    """Return a page of the notices that are shown in a city now, the newest first."""
    notices = _read(notices_query(city, after).limit(page_size() + 1))
    return make_page(notices, lambda each: (each.shown_from, each.id))


def list_newest_notices(city: City) -> Sequence[PublishedNotice]:
    """Return the notices of the feed of a city."""
    return _read(notices_query(city, None).limit(FEED_SIZE))


def notices_query(city: City, after: Cursor | None) -> Select[tuple[Notice]]:
    """Return the query of the notices that are shown in a city now."""
    n = Notice
    query = (
        published_query()
        .where(or_(n.city == city.name, n.city.is_(None)), n.shown_from <= func.now())
        .where(is_not_over_condition())
        .order_by(n.shown_from.desc(), n.id.desc())
    )
    return query.where(tuple_(n.shown_from, n.id) < after) if after else query


def published_query() -> Select[tuple[Notice]]:
    """Return the query of all notices that are published, with their texts."""
    return (
        select(Notice)
        .options(joinedload(Notice.texts))
        .where(Notice.published_at.is_not(None))
        .execution_options(populate_existing=True)
    )


def _read(query: Select[tuple[Notice]]) -> list[PublishedNotice]:
    return [_make_notice(each) for each in db.session.scalars(query).unique()]


def _make_notice(row: Notice) -> PublishedNotice:
    return PublishedNotice(
        row.id,
        row.city,
        row.shown_from,
        row.shown_until,
        row.is_pinned,
        row.alert_type,
        row.allows_comments,
        row.changed_at,
        {each.language: make_words(each) for each in row.texts},
    )


def make_words(row: NoticeText) -> NoticeWords:
    """Return a text as people read it."""
    return NoticeWords(row.language, row.title, row.text)


# --- the caches ---------------------------------------------------------------------------------


def init_app(app: Flask) -> None:
    max_age_s = app.config["PLANS_MAX_AGE_S"]
    app.extensions[PINNED_CACHE] = TimedCache[None, list[PublishedNotice]](
        max_age_s, max_size=1, keeps_when_unavailable=True
    )
    app.extensions[NOTICE_CACHE] = TimedCache[UUID, PublishedNotice | None](max_age_s)


def pinned_cache() -> TimedCache[None, list[PublishedNotice]]:
    """Return the pinned notices that this process keeps."""
    cache: TimedCache[None, list[PublishedNotice]] = current_app.extensions[PINNED_CACHE]
    return cache


def notice_cache() -> TimedCache[UUID, PublishedNotice | None]:
    """Return the notices that this process keeps."""
    cache: TimedCache[UUID, PublishedNotice | None] = current_app.extensions[NOTICE_CACHE]
    return cache


def clear_caches() -> None:
    """Let this process read the notices again."""
    pinned_cache().clear()
    notice_cache().clear()


def _load_pinned() -> list[PublishedNotice]:
    return _read(pinned_query())


def pinned_query() -> Select[tuple[Notice]]:
    """Return the query of the pinned notices that are shown now or later."""
    newest_first = Notice.shown_from.desc(), Notice.id.desc()
    is_pinned = Notice.is_pinned.is_(True)
    return published_query().where(is_pinned, is_not_over_condition()).order_by(*newest_first)


def _load_notice(notice_id: UUID) -> PublishedNotice | None:
    return next(iter(_read(published_query().where(Notice.id == notice_id))), None)
