"""What the search finds in the fleet: vehicles and reports."""

from sqlalchemy import ColumnElement, and_, case, literal, select, tuple_, union_all

from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.fleet.enums import VehicleState
from webapp.fleet.feeds.models import ImportedFeed
from webapp.fleet.labels import vehicle_name, vehicle_state_label
from webapp.fleet.models import Vehicle, retired_condition
from webapp.fleet.queries.filters import color_condition, words_condition
from webapp.fleet.queries.search_terms import parse_search_text
from webapp.fleet.reports.labels import KIND_LABELS, report_staff_state_label
from webapp.fleet.reports.models import Report
from webapp.fleet.search_words import color_label, find_color
from webapp.fleet.staff_search.codes import (
    MIN_PREFIX_LENGTH,
    prefix_range,
    read_letters,
    similar_codes,
)
from webapp.fleet.unlock_codes.label_sheets import format_code
from webapp.fleet.vehicle_events.conditions import current_state_column
from webapp.fleet.word_index import fold_words
from webapp.staff_search import (
    FoundRowsQuery,
    SearchResult,
    SearchScope,
    SearchSource,
    SearchTerm,
    found_rows_query,
    id_condition,
)
from webapp.translations import find_label
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

#: How well a vehicle fits: by its whole code, a part of it, a code like it, or its words.
EXACT, PREFIX, SIMILAR, WORDS = 1.0, 0.9, 0.8, 0.5


def _vehicles_query(term: SearchTerm, scope: SearchScope, limit: int) -> FoundRowsQuery | None:
    """Return the vehicles by code, id of a feed, and words: each part by its own index."""
    words = _words_query(term).where(~retired_condition())
    parts = [*_code_queries(term), _feed_query(term, scope), words]
    limited = [part.where(scope.condition(Vehicle)).limit(limit) for part in parts]
    found = union_all(*limited).subquery("found_vehicles")
    return select(found.c.region, found.c.id, found.c.city, found.c["values"], found.c.rank)


def _code_queries(term: SearchTerm) -> list[FoundRowsQuery]:
    codes, letters = table(Vehicle).c.code, read_letters(term.text)
    queries = []
    if len(letters) >= MIN_PREFIX_LENGTH:
        first, end = prefix_range(letters)
        rank = case((codes == letters, EXACT), else_=PREFIX)
        queries.append(_vehicle_query(rank).where(codes >= first, codes < end).order_by(codes))
    if similar := similar_codes(letters):
        queries.append(_vehicle_query(literal(SIMILAR)).where(codes.in_(similar)))
    return queries


def _feed_query(term: SearchTerm, scope: SearchScope) -> FoundRowsQuery:
    """Return the vehicle with this id in a feed; the few feeds of a city are looked up."""
    vehicles, feeds = table(Vehicle), table(ImportedFeed)
    is_of_feed = and_(feeds.c.city == vehicles.c.city, feeds.c.system == vehicles.c.feed_system)
    return (
        _vehicle_query(literal(EXACT))
        .join_from(vehicles, feeds, is_of_feed)
        .where(feeds.c.city.in_(sorted(scope.cities)), vehicles.c.feed_vehicle == term.text.strip())
    )


def _words_query(term: SearchTerm) -> FoundRowsQuery:
    """Return the vehicles with all words; a colour and a type are found in all languages."""
    vehicles = table(Vehicle).c
    text, types = parse_search_text(term.text)
    words = fold_words(text)
    color = next(filter(None, map(find_color, words)), None)
    plain_words = [word for word in words if color is None or find_color(word) != color]
    conditions = [words_condition(" ".join(plain_words))] if plain_words else []
    if color:
        conditions.append(color_condition(color))
    if types is not None:
        # The states, too: then the index of types serves a word that names no more than a type.
        of_type = tuple_(vehicles.form_factor, vehicles.propulsion_type).in_(sorted(types))
        conditions += [of_type, vehicles.state.in_(VehicleState)]
    return _vehicle_query(literal(WORDS)).where(*conditions)


def _vehicle_query(rank: ColumnElement[float]) -> FoundRowsQuery:
    vehicles = table(Vehicle)
    v, state = vehicles.c, current_state_column(vehicles)
    values = (v.brand, v.form_factor, v.propulsion_type, v.code, v.color, state, v.address)
    return found_rows_query(Vehicle, values, rank)


def _describe_vehicle(
    key: RowKey, _city: str, brand: str, form_factor: str, propulsion_type: str, code: str,
    color: str, state: str, address: str | None,
) -> SearchResult:  # fmt: skip
    vehicle = Vehicle(brand=brand, form_factor=form_factor, propulsion_type=propulsion_type)
    facts = (color_label(color), vehicle_state_label(state), address)
    return SearchResult(
        f"{vehicle_name(vehicle)} {format_code(code)}",
        " · ".join(fact for fact in facts if fact),
        "fleet.staff.show",
        {"vehicle_key": key},
    )


def _reports_query(term: SearchTerm, scope: SearchScope, limit: int) -> FoundRowsQuery | None:
    is_found = id_condition(Report, term)
    if is_found is None:
        return None
    reports = table(Report).c
    query = found_rows_query(Report, (reports.kind, reports.state))
    return query.where(is_found, scope.condition(Report)).order_by(reports.id).limit(limit)


def _describe_report(key: RowKey, _city: str, kind: str, state: str) -> SearchResult:
    title, subtitle = find_label(KIND_LABELS, kind), report_staff_state_label(state)
    return SearchResult(title, subtitle, "fleet.staff_reports.show", {"report_key": key})


SEARCH_SOURCES = (
    SearchSource(
        "vehicles",
        _l("Vehicles"),
        Permission.VIEW_VEHICLES,
        _vehicles_query,
        _describe_vehicle,
        position=10,
    ),
    SearchSource(
        "reports",
        _l("Reports"),
        Permission.ANSWER_REPORTS,
        _reports_query,
        _describe_report,
        position=40,
    ),
)
