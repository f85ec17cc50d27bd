"""Searching as staff: all kinds in one statement, and only in the cities of the viewer."""

from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, NamedTuple

from sqlalchemy import Select, literal, select, union_all

from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.enums import VehicleState
from webapp.fleet.models import Vehicle
from webapp.hooks import get_hooks
from webapp.regions.catalogue import catalogue
from webapp.riders.person_searches import record_search_for_persons
from webapp.staff_search import SearchResult, SearchScope, SearchSource, SearchTerm
from webapp.web.roles import Permission

#: How many of each kind are shown, and of one kind alone.
SHOWN, SHOWN_ALONE = 10, 100
#: So many vehicles tell which brands and colours a city has.
VOCABULARY_SAMPLE = 500


class SearchGroup(NamedTuple):
    """What was found of one kind."""

    source: SearchSource
    results: list[SearchResult]
    has_more: bool


class SearchAnswer(NamedTuple):
    """What was found, by kind, and whether persons were left out: too many searches for them."""

    groups: list[SearchGroup]
    leaves_out_persons: bool = False


def search(
    staff: User, text: str, kind: str | None = None, city_name: str | None = None
) -> SearchAnswer:
    """Return what fits a text in the cities of a member of staff, by kind, each best first. A text
    without a word finds nothing.

    kind: only this one, and more of it.
    city_name: only there.

    One statement; a search for persons is counted and recorded by another one. At the limit of
    those, persons are left out.
    """
    term, limit = SearchTerm(text), SHOWN_ALONE if kind else SHOWN
    if not term.words:
        return SearchAnswer([])
    queries: dict[str, Select[Any]] = {}
    sources = {}
    for source in sorted(get_hooks().search_sources, key=lambda source: source.position):
        scope = _find_scope(staff, source.permission, city_name)
        if kind in (None, source.name) and scope.cities:
            query = source.query(term, scope, limit + 1)
            if query is not None:
                sources[source.name] = source
                queries[source.name] = query.add_columns(literal(source.name).label("kind"))
    of_persons = [name for name, source in sources.items() if source.finds_persons]
    leaves_out_persons = bool(of_persons) and not record_search_for_persons(staff)
    parts = [
        select(query.subquery())
        for name, query in queries.items()
        if not (leaves_out_persons and name in of_persons)
    ]
    rows = db.session.execute(union_all(*parts)) if parts else ()
    return SearchAnswer(_group(sources, rows, limit), leaves_out_persons)


def _group(sources: dict[str, SearchSource], rows: Iterable[Any], limit: int) -> list[SearchGroup]:
    """Return the groups of rows. A row that was found in two ways counts once, by the better."""
    found: dict[str, dict[RowKey, Any]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: row.rank, reverse=True):
        found[row.kind].setdefault(RowKey(row.region, row.id), row)
    return [
        SearchGroup(
            source,
            [
                source.describe(key, row.city, *row.values)
                for key, row in list(found[name].items())[:limit]
            ],
            len(found[name]) > limit,
        )
        for name, source in sources.items()
        if found[name]
    ]


def _find_scope(staff: User, permission: Permission, city_name: str | None) -> SearchScope:
    cities = [
        city
        for city in catalogue().all()
        if city_name in (None, city.name) and staff.has_permission(permission, city.name)
    ]
    return SearchScope({city.name for city in cities}, {city.region for city in cities})


def suggest_text(staff: User, text: str, city_name: str | None = None) -> str | None:
    """Return a text that is like this one and made of brands and colours of the viewer's cities;
    None: there is none. One statement."""
    if not SearchTerm(text).words:
        return None
    scope = _find_scope(staff, Permission.VIEW_VEHICLES, city_name)
    vehicles = table(Vehicle).c
    sample = (
        select(vehicles.brand, vehicles.color)
        .where(scope.condition(Vehicle), vehicles.state == VehicleState.AVAILABLE.value)
        # The order of an index: without one, the whole table may be read for the last few rows.
        .order_by(vehicles.region, vehicles.city, vehicles.state, vehicles.created_at, vehicles.id)
        .limit(VOCABULARY_SAMPLE)
    )
    rows = db.session.execute(sample)
    vocabulary = {word for row in rows for value in row for word in value.lower().split()}
    words = [_correct(word, vocabulary) for word in SearchTerm(text).words]
    corrected = " ".join(words)
    return corrected if corrected != " ".join(SearchTerm(text).words) else None


def _correct(word: str, vocabulary: set[str]) -> str:
    """Return the word itself, or one that begins with it or is like it."""
    if word in vocabulary or len(word) < 3:
        return word
    longer = sorted(each for each in vocabulary if each.startswith(word))
    return next(iter(longer or get_close_matches(word, sorted(vocabulary), n=1)), word)
